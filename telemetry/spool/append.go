package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
)

const (
	frameRecords = 4096
	frameBytes   = 1 << 20
)

// Loss tells how many records of a service were dropped because the spool is full.
type Loss struct {
	Organization, Project, Service string
	Records                        int
	From, To                       time.Time // Record.At of the first and the last
}

// Append puts records on disk, in order and all or none, and returns when the disk has them. Where room had to be made,
// it answers what was lost for it, even beside an error.
func (s *Spool) Append(records []telemetry.Record) ([]Loss, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(records) == 0 {
		return nil, nil
	}
	first := max(s.position+1, uint64(time.Now().UnixNano()))
	content := s.frames.encode(first, records)
	lost, err := s.makeRoom(int64(len(content)))
	if err != nil {
		return lost, err
	}
	if err := s.write(content); err != nil {
		return lost, fmt.Errorf("writing to the log spool: %w", err)
	}
	s.position = first + uint64(len(records)) - 1
	seg := s.segments[len(s.segments)-1]
	seg.size += int64(len(content))
	seg.last = s.position
	return lost, nil
}

func (m mark) encode(first uint64, records []telemetry.Record) (content []byte) {
	for start := 0; start < len(records); {
		end, size := start, 0
		for end < len(records) && end-start < frameRecords && (end == start || size+len(records[end].Body) <= frameBytes) {
			size += len(records[end].Body)
			end++
		}
		content = m.appendFrame(content, first+uint64(start), records[start:end])
		start = end
	}
	return content
}

// write makes the content the end of the current segment, and durable.
func (s *Spool) write(content []byte) error {
	seg := s.segments[len(s.segments)-1]
	if s.dirty {
		if err := s.file.Truncate(seg.size); err != nil {
			return err
		}
	}
	s.dirty = true
	if _, err := s.file.Seek(seg.size, io.SeekStart); err != nil {
		return err
	}
	if _, err := s.file.Write(content); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// makeRoom starts a new segment where the current one is full, and drops old ones where the spool is.
func (s *Spool) makeRoom(more int64) ([]Loss, error) {
	if size := s.segments[len(s.segments)-1].size; size > 0 && size+more > s.options.SegmentBytes {
		if err := s.roll(); err != nil {
			return nil, fmt.Errorf("starting a segment of the log spool: %w", err)
		}
	}
	var lost []Loss
	for s.size()+more > s.options.MaxBytes {
		// What the reader has in hand stays, and what is being written.
		oldest := s.reading + 1
		if oldest >= len(s.segments)-1 {
			if s.size()+more > s.options.MaxBytes+2*s.options.SegmentBytes {
				return lost, errors.New("the log spool is full")
			}
			return lost, nil
		}
		dropped, err := s.drop(oldest)
		lost = append(lost, dropped...)
		if err != nil {
			return lost, err
		}
	}
	return lost, nil
}

func (s *Spool) drop(i int) ([]Loss, error) {
	seg := s.segments[i]
	content, err := os.ReadFile(seg.path)
	if err != nil {
		return nil, fmt.Errorf("making room in the log spool: %w", err)
	}
	var losses []Loss
	index := map[[3]string]int{}
	s.frames.scan(content, func(f frame, _ int64) bool {
		records, err := decodeRecords(f.payload, f.count)
		if err != nil {
			return true
		}
		for _, r := range records {
			key := [3]string{r.Organization, r.Project, r.Service}
			at, ok := index[key]
			if !ok {
				at = len(losses)
				index[key] = at
				losses = append(losses, Loss{Organization: r.Organization, Project: r.Project, Service: r.Service, From: r.At})
			}
			losses[at].Records += max(1, int(min(r.Lost, 1<<40))) // a gap that is lost itself takes its count along
			losses[at].To = r.At
		}
		return true
	})
	if err := os.Remove(seg.path); err != nil {
		return nil, fmt.Errorf("making room in the log spool: %w", err)
	}
	s.segments = append(s.segments[:i], s.segments[i+1:]...)
	return losses, nil
}
