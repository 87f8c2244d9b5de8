package spool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/syntra-dev/syntra/telemetry"
)

// Batch is lines to send. Number is the sequence of its last one: Ack(Number) settles it.
type Batch struct {
	Number  uint64
	Records []telemetry.Record
}

// reader remembers where the next batch begins, so that sending in order reads each byte once.
type reader struct {
	file *os.File
	in   *bufio.Reader
	path string
	next uint64 // sequence of the line that in reads next
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
	*r = reader{}
}

// Next answers the lines after what was acknowledged, at most maxRecords and about maxBytes. It waits for a line until
// ctx ends. What it answers is safe on disk: a number that the hub has seen is never given to another line.
func (s *Spool) Next(ctx context.Context, maxRecords, maxBytes int) (Batch, error) {
	for {
		s.mu.Lock()
		if s.next > s.acked+1 {
			b, err := s.batch(maxRecords, maxBytes)
			if err != nil || len(b.Records) > 0 {
				s.mu.Unlock()
				return b, err
			}
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return Batch{}, context.Cause(ctx)
		case <-changed:
		}
	}
}

func (s *Spool) batch(maxRecords, maxBytes int) (Batch, error) {
	if s.unsynced {
		if err := s.active.Sync(); err != nil {
			return Batch{}, fmt.Errorf("log spool: %w", err)
		}
		s.unsynced = false
	}
	var b Batch
	for bytes := 0; len(b.Records) < maxRecords && bytes < maxBytes; {
		l, size, err := s.line(max(b.Number, s.acked) + 1)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.read.close()
			return Batch{}, fmt.Errorf("log spool: %w", err)
		}
		b.Number, bytes = l.Sequence, bytes+size
		b.Records = append(b.Records, l.Record)
	}
	return b, nil
}

// line reads the line of a sequence, or the first one after it that is still there; io.EOF when there is none.
func (s *Spool) line(sequence uint64) (Line, int, error) {
	for _, seg := range s.segs {
		if seg.last < sequence || seg.last < seg.first {
			continue
		}
		want := max(sequence, seg.first)
		if err := s.read.seek(seg, want); err != nil {
			return Line{}, 0, err
		}
		for {
			row, err := s.read.in.ReadBytes('\n')
			if err != nil {
				return Line{}, 0, fmt.Errorf("%s ends before line %d: %w", seg.path, want, err)
			}
			s.read.next++
			if s.read.next <= want {
				continue
			}
			l, err := decode(row)
			return l, len(row), err
		}
	}
	return Line{}, 0, io.EOF
}

// seek makes the reader stand at or before a sequence of the segment.
func (r *reader) seek(seg *segment, want uint64) error {
	if r.path == seg.path && r.file != nil && r.next <= want {
		return nil
	}
	r.close()
	f, err := os.Open(seg.path)
	if err != nil {
		return err
	}
	*r = reader{file: f, in: bufio.NewReaderSize(f, 64<<10), path: seg.path, next: seg.first}
	return nil
}

// Acked waits until the hub has all lines up to a number, or ctx ends.
func (s *Spool) Acked(ctx context.Context, sequence uint64) error {
	for {
		s.mu.Lock()
		acked, changed := s.acked, s.changed
		s.mu.Unlock()
		if acked >= sequence {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}
