package eventstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/id"
)

// Log is a Store that speaks domain events.
type Log struct {
	Store
	Codec *Codec
}

// Command says who asks and under which id, so that asking twice is asking once.
type Command struct {
	// ID is minted before the first try: an Idempotency-Key, or "<workflow id>/<run id>/<step>".
	ID           string
	Organization string
	Actor        domain.Actor
	// Causation, Correlation and Trace come from the context's Cause where they are empty.
	Causation   string
	Correlation string
	Trace       string
}

// Result is what a command led to.
type Result struct {
	// Position to wait for in order to read one's own write. For a command that changed nothing it is the stream's last.
	Position Position
	Revision Revision
	// Events that the command wrote, now or at its first try.
	Events []domain.Event
	// Repeated is true when the stream already held this command.
	Repeated bool
}

// maxTries bounds how often a command decides anew after another writer was first. Of n commands that come to one
// stream at once the last one needs n tries.
const maxTries = 100

// state is a pointer to an aggregate's struct.
type state[S any] interface {
	*S
	domain.Aggregate
}

// Execute loads a stream, lets decide choose the events, and appends them, again from the top when another writer was
// first. A stream that already holds the command's id answers with the earlier result and decide is not asked.
func Execute[S any, P state[S]](ctx context.Context, l *Log, stream string, cmd Command, decide func(P) ([]domain.Event, error)) (Result, error) {
	if cmd.ID == "" || cmd.Organization == "" {
		return Result{}, fmt.Errorf("eventstore: a command on %s needs an id and an organization", stream)
	}
	for range maxTries {
		loaded, err := Load[S, P](ctx, l, stream)
		if err != nil {
			return Result{}, err
		}
		if earlier, ok := loaded.byCommand(cmd.ID); ok {
			return earlier, nil
		}
		events, err := decide(loaded.State)
		if err != nil {
			return Result{}, err
		}
		if len(events) == 0 {
			return Result{Position: loaded.Position, Revision: loaded.Revision}, nil
		}
		rows, err := l.encode(cmd.Meta(ctx), events)
		if err != nil {
			return Result{}, err
		}
		at, err := l.Append(ctx, stream, loaded.Revision, rows...)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return Result{}, fmt.Errorf("append to %s: %w", stream, err)
		}
		return Result{Position: at.Position, Revision: at.Revision, Events: events, Repeated: at.Duplicate}, nil
	}
	return Result{}, domain.Errorf(domain.Unavailable, "too many writers on %s: try again", stream)
}

// Loaded is an aggregate as its stream tells it.
type Loaded[P any] struct {
	State    P
	Revision Revision // NoStream where there is none
	Position Position
	history  []recordedEvent
}

type recordedEvent struct {
	Recorded
	event domain.Event
}

// Load folds a stream.
func Load[S any, P state[S]](ctx context.Context, l *Log, stream string) (Loaded[P], error) {
	out := Loaded[P]{State: P(new(S)), Revision: NoStream}
	for r, err := range l.Read(ctx, stream, 0) {
		if err != nil {
			return out, fmt.Errorf("read %s: %w", stream, err)
		}
		e, err := l.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return out, fmt.Errorf("read %s at revision %d: %w", stream, r.Revision, err)
		}
		out.State.Apply(e)
		out.Revision, out.Position = r.Revision, r.Position
		out.history = append(out.history, recordedEvent{r, e})
	}
	return out, nil
}

func (l Loaded[P]) byCommand(command string) (Result, bool) {
	res := Result{Repeated: true}
	for _, r := range l.history {
		if r.Meta.CommandID == command {
			res.Events = append(res.Events, r.event)
			res.Position, res.Revision = r.Position, r.Revision
		}
	}
	return res, len(res.Events) > 0
}

func (l *Log) encode(meta Meta, events []domain.Event) ([]NewEvent, error) {
	rows := make([]NewEvent, len(events))
	for i, e := range events {
		t, v, data, err := l.Codec.Encode(e)
		if err != nil {
			return nil, err
		}
		rows[i] = NewEvent{ID: id.EventID(meta.CommandID, i), Type: t, Version: v, Data: data, Meta: meta}
	}
	return rows, nil
}
