package store

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

// heads are the last visible position of each writer: a snapshot of the store. What each writer wrote before its head is
// visible too.
type heads map[string]uint64

// place is what a cursor says: a line, and the snapshot it was read in.
type place struct {
	heads heads
	key   key
	// live: all lines of the snapshot were given out before this one, so that only what arrived later follows. Otherwise
	// the lines of the snapshot after key follow first.
	live bool
}

// key orders lines: by time, and among lines of one instant by where they are from.
type key struct {
	at       int64 // nanoseconds since 1970
	source   string
	sequence uint64
}

func keyOf(r telemetry.Record) key { return key{r.At.UnixNano(), r.Source, r.Sequence} }

const (
	cursorVersion = 1
	maxCursor     = 16 << 10
	maxWriters    = 512
)

func (p place) cursor() telemetry.Cursor {
	b := []byte{cursorVersion, 0}
	if p.live {
		b[1] = 1
	}
	b = binary.AppendVarint(b, p.key.at)
	b = binary.AppendUvarint(b, p.key.sequence)
	b = appendText(b, p.key.source)
	b = binary.AppendUvarint(b, uint64(len(p.heads)))
	for _, writer := range slices.Sorted(maps.Keys(p.heads)) {
		b = appendText(b, writer)
		b = binary.AppendUvarint(b, p.heads[writer])
	}
	return telemetry.Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// parseCursor reads a cursor of any replica. The error is a domain.Error (Invalid, reason bad_cursor).
func parseCursor(c telemetry.Cursor) (place, error) {
	bad := domain.Errorf(domain.Invalid, "this is no cursor of log lines; leave it out to start anew").WithReason("bad_cursor")
	if len(c) > maxCursor {
		return place{}, bad
	}
	b, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || len(b) < 2 || b[0] != cursorVersion || b[1] > 1 {
		return place{}, bad
	}
	d := decoder{b: b[2:]}
	p := place{live: b[1] == 1, heads: heads{}}
	p.key.at = d.varint()
	p.key.sequence = d.uvarint()
	p.key.source = d.text()
	writers := d.uvarint()
	if writers > maxWriters {
		return place{}, bad
	}
	for range writers {
		writer := d.text()
		p.heads[writer] = d.uvarint()
	}
	if d.failed || len(d.b) != 0 {
		return place{}, bad
	}
	return p, nil
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) skip(n int) {
	if n <= 0 || n > len(d.b) {
		d.failed, d.b = true, nil
		return
	}
	d.b = d.b[n:]
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.failed, d.b = true, nil
		return ""
	}
	text := string(d.b[:n])
	d.b = d.b[n:]
	return text
}
