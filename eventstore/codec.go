package eventstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"

	"github.com/syntra-dev/syntra/domain"
)

// Upcaster turns the JSON of one version of an event into the next version's.
type Upcaster func(json.RawMessage) (json.RawMessage, error)

// Codec maps stable type strings and versions to domain events.
type Codec struct {
	types     map[string]reflect.Type
	versions  map[string]int
	upcasters map[string]map[int]Upcaster
}

// NewCodec knows the given events. It panics on a type string used twice: that is a mistake in the program.
func NewCodec(prototypes ...domain.Event) *Codec {
	c := &Codec{types: map[string]reflect.Type{}, versions: map[string]int{}, upcasters: map[string]map[int]Upcaster{}}
	for _, p := range prototypes {
		name := p.EventType()
		if _, twice := c.types[name]; twice {
			panic("eventstore: event type " + name + " is registered twice")
		}
		c.types[name], c.versions[name] = reflect.TypeOf(p), domain.VersionOf(p)
	}
	return c
}

// Upcast registers how version v of a type becomes v+1.
func (c *Codec) Upcast(eventType string, v int, up Upcaster) {
	if c.upcasters[eventType] == nil {
		c.upcasters[eventType] = map[int]Upcaster{}
	}
	c.upcasters[eventType][v] = up
}

// Encode writes an event as JSON at its present version. A NUL character, which no jsonb can hold and which only comes
// from what a user's program printed, is written as U+FFFD: a failure's reason must not make the failure unrecordable.
func (c *Codec) Encode(e domain.Event) (eventType string, version int, data json.RawMessage, err error) {
	eventType = e.EventType()
	if _, known := c.types[eventType]; !known {
		return "", 0, nil, fmt.Errorf("eventstore: event type %s is not in the catalog", eventType)
	}
	if data, err = json.Marshal(e); err != nil {
		return "", 0, nil, fmt.Errorf("eventstore: encode %s: %w", eventType, err)
	}
	return eventType, c.versions[eventType], withoutNUL(data), nil
}

// escape is any JSON escape sequence: all are matched, so that an escaped backslash before the letters u0000 stays itself.
var escape = regexp.MustCompile(`\\(u0000|.)`)

func withoutNUL(data []byte) []byte {
	if !bytes.Contains(data, []byte(`\u0000`)) {
		return data
	}
	return escape.ReplaceAllFunc(data, func(seq []byte) []byte {
		if string(seq) == `\u0000` {
			return []byte(`\ufffd`)
		}
		return seq
	})
}

// ErrUnknown is what Decode and Knows return for an event of a newer program: its type, or its version, is not known to
// this one. Nobody may read it as an older version, or take it for nothing to do.
type ErrUnknown struct {
	Type    string
	Version int
	// Known is the version that this program knows; 0 where it does not know the type.
	Known int
}

func (e *ErrUnknown) Error() string {
	if e.Known == 0 {
		return fmt.Sprintf("a newer program wrote an event of type %s, which this one does not know: update this replica", e.Type)
	}
	return fmt.Sprintf("a newer program wrote %s in version %d, and this one knows version %d: update this replica", e.Type, e.Version, e.Known)
}

// Knows returns an *ErrUnknown where a newer program wrote the event.
func (c *Codec) Knows(eventType string, version int) error {
	if known := c.versions[eventType]; version > known {
		return &ErrUnknown{Type: eventType, Version: version, Known: known}
	}
	return nil
}

// Versions are the present versions of all types that the program knows.
func (c *Codec) Versions() map[string]int { return maps.Clone(c.versions) }

// Decode reads an event and lifts old versions to the present one. It returns an *ErrUnknown for a newer one.
func (c *Codec) Decode(eventType string, version int, data json.RawMessage) (domain.Event, error) {
	t, known := c.types[eventType]
	if !known {
		return nil, &ErrUnknown{Type: eventType, Version: version}
	}
	if err := c.Knows(eventType, version); err != nil {
		return nil, err
	}
	for ; version < c.versions[eventType]; version++ {
		up := c.upcasters[eventType][version]
		if up == nil {
			return nil, fmt.Errorf("eventstore: no upcaster of %s from version %d", eventType, version)
		}
		var err error
		if data, err = up(data); err != nil {
			return nil, fmt.Errorf("eventstore: upcast %s from version %d: %w", eventType, version, err)
		}
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("eventstore: decode %s: %w", eventType, err)
	}
	return v.Elem().Interface().(domain.Event), nil
}
