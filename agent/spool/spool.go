// Package spool keeps log lines on disk until the hub has them. Lines are numbered for ever: a line that is sent twice is
// the same line, and a line that is missing is a visible gap.
package spool

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/telemetry"
)

// DefaultLimit is how many bytes of lines wait on disk before the oldest are given up.
const DefaultLimit = 256 << 20

// segments is how many files the limit is spread over; the oldest file is the unit that is given up.
const segments = 16

// Spool is one directory of segments. It is safe for concurrent use.
type Spool struct {
	dir     string
	source  string
	segSize int64
	limit   int64

	mu       sync.Mutex
	segs     []*segment // oldest first; the last is written to
	active   *os.File
	next     uint64 // sequence of the next line
	acked    uint64 // all up to here are with the hub
	unsynced bool
	cursors  map[string]Cursor
	unlogged map[tag]int // lines that could not be written, by whose they were
	changed  chan struct{}
	read     reader
}

// Cursor is how far a replica's output has been taken in.
type Cursor struct {
	At time.Time `json:"at"`
	// Seen counts the lines of exactly that time that were taken in.
	Seen int `json:"seen"`
}

// Open reads the spool in dir, making it when there is none. limit is in bytes; 0 means DefaultLimit.
func Open(dir string, limit int64) (*Spool, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	if err := disk.Dir(dir); err != nil {
		return nil, err
	}
	s := &Spool{dir: dir, limit: limit, segSize: max(limit/segments, 4<<10), cursors: map[string]Cursor{}, unlogged: map[tag]int{}, changed: make(chan struct{})}
	for _, step := range []func() error{s.loadMeta, s.loadSegments, s.openActive} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("log spool %s: %w", dir, err)
		}
	}
	return s, nil
}

// Append writes lines and numbers them; Source and Sequence are the spool's to set. A line from a replica moves that
// replica's cursor in the same step, so that after a crash no line is missing and none is there twice.
// A failure is kept in mind: the next line that can be written is preceded by a gap that counts the lost ones.
func (s *Spool) Append(lines ...Line) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range lines {
		if err := s.append(l); err != nil {
			for _, lost := range lines[i:] {
				s.unlogged[tagOf(lost.Record)] += max(1, lost.Missing)
			}
			return fmt.Errorf("log spool: %w", err)
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
	if err := s.shrink(); err != nil { // of old lines: these ones are there
		return fmt.Errorf("log spool: %w", err)
	}
	return nil
}

func (s *Spool) append(l Line) error {
	for t, n := range s.unlogged {
		if err := s.write(t.gap(n, l.At, "they could not be written to the agent's disk")); err != nil {
			return err
		}
		delete(s.unlogged, t)
	}
	return s.write(l)
}

func (s *Spool) write(l Line) error {
	l.Source, l.Sequence, l.Body = s.source, s.next, clean(l.Body)
	row, err := encode(l)
	if err != nil {
		return err
	}
	seg := s.segs[len(s.segs)-1]
	if seg.bytes > 0 && seg.bytes+int64(len(row)) > s.segSize {
		if err := s.rotate(); err != nil {
			return err
		}
		seg = s.segs[len(s.segs)-1]
	}
	if _, err := s.active.Write(row); err != nil {
		_ = s.active.Truncate(seg.bytes) // half a line must not stand before the next one
		_, _ = s.active.Seek(seg.bytes, 0)
		return err
	}
	s.unsynced = true
	seg.add(l, int64(len(row)))
	s.next++
	s.advance(l)
	return nil
}

// advance moves the cursor of the replica that a line came from.
func (s *Spool) advance(l Line) {
	if l.From == "" {
		return
	}
	c := s.cursors[l.From]
	switch {
	case l.At.After(c.At):
		s.cursors[l.From] = Cursor{At: l.At, Seen: 1}
	case l.At.Equal(c.At):
		c.Seen++
		s.cursors[l.From] = c
	}
}

// Cursor answers how far a replica's output was taken in.
func (s *Spool) Cursor(replica string) Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[replica]
}

// Drop forgets the cursor of a replica that is gone for good.
func (s *Spool) Drop(replica string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cursors, replica)
}

// Last is the number of the newest line; 0 where there was none.
func (s *Spool) Last() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next - 1
}

// Waiting is how many lines the hub does not have yet.
func (s *Spool) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, seg := range s.segs {
		n += seg.waiting(s.acked)
	}
	return n
}

// Ack says that the hub has all lines up to a number; files that hold nothing else are deleted. An error is about the files
// only: the lines are not sent again.
func (s *Spool) Ack(sequence uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sequence <= s.acked || sequence >= s.next {
		return nil
	}
	s.acked = sequence
	close(s.changed)
	s.changed = make(chan struct{})
	var failed error
	last := s.segs[len(s.segs)-1]
	if last.last == sequence && last.bytes > s.segSize/4 {
		failed = s.rotate()
	}
	done := 0
	for done < len(s.segs)-1 && s.segs[done].last <= sequence {
		done++
	}
	if err := errors.Join(failed, s.delete(s.segs[:done])); err != nil {
		return fmt.Errorf("log spool: %w", err)
	}
	return nil
}

// Close syncs and closes the files.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read.close()
	return errors.Join(s.active.Sync(), s.saveMeta(), s.active.Close())
}

// clean cuts a line to the length that is kept, and makes it valid UTF-8.
func clean(body string) string {
	if len(body) > telemetry.MaxBody {
		body = body[:telemetry.MaxBody] + "…[cut]"
	}
	return strings.ToValidUTF8(body, "\uFFFD")
}
