package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Next returns the rows after the last ones it returned, oldest first, none where there are none yet: whole frames until
// there are maxRows rows or maxBytes of bodies. After Open it starts behind what was acknowledged.
func (s *Spool) Next(maxRows int, maxBytes int) ([]Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []Row
	for bytes := 0; len(rows) < maxRows && bytes < maxBytes; {
		got, done, err := s.read(maxRows-len(rows), maxBytes-bytes)
		if err != nil {
			return nil, err
		}
		for _, row := range got {
			bytes += len(row.Body)
		}
		rows = append(rows, got...)
		if done {
			break
		}
	}
	return rows, nil
}

// read returns rows of the segment the reader is in, and moves on to the next where it ends. done says that there is
// nothing more.
func (s *Spool) read(maxRows, maxBytes int) (rows []Row, done bool, err error) {
	seg := s.segments[s.reading]
	if s.offset >= seg.size {
		if s.reading == len(s.segments)-1 {
			return nil, true, nil
		}
		s.reading, s.offset = s.reading+1, 0
		return nil, false, nil
	}
	content, err := readAt(seg.path, s.offset, seg.size)
	if err != nil {
		return nil, false, fmt.Errorf("reading the log spool: %w", err)
	}
	start, end, bytes := s.offset, seg.size, 0
	s.frames.scan(content, func(f frame, at int64) bool {
		if len(rows) > 0 && (len(rows)+f.count > maxRows || bytes+len(f.payload) > maxBytes) {
			end = start + at
			return false
		}
		if f.last() <= s.progress.Position {
			return true
		}
		records, err := decodeRecords(f.payload, f.count)
		if err != nil {
			s.options.Logger.Error("a frame of the log spool cannot be read; it is left out", "file", seg.path, "error", err)
			return true
		}
		bytes += len(f.payload)
		for i, record := range records {
			rows = append(rows, Row{Record: record, Position: f.first + uint64(i)})
		}
		return true
	})
	s.offset = end
	return rows, false, nil
}

func readAt(path string, from, to int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	content := make([]byte, to-from)
	n, err := file.ReadAt(content, from)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return content[:n], errors.Join(err, file.Close())
}

// Waiting reports whether Next would answer rows.
func (s *Spool) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.reading; i < len(s.segments); i++ {
		if seg := s.segments[i]; seg.last > s.progress.Position && (i > s.reading || s.offset < seg.size) {
			return true
		}
	}
	return false
}

// Ack notes that everything up to the position, which must be the last of a Next, is in the store, keeps state with it,
// and frees the segments that are no longer needed.
func (s *Spool) Ack(position uint64, state json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.progress
	s.progress.Position, s.progress.State = max(position, s.progress.Position), state
	if err := s.saveCheckpoint(); err != nil {
		s.progress = before
		return fmt.Errorf("noting the log spool's progress: %w", err)
	}
	for len(s.segments) > 1 && s.reading > 0 && s.segments[0].last <= s.progress.Position {
		if err := os.Remove(s.segments[0].path); err != nil {
			return fmt.Errorf("freeing the log spool: %w", err)
		}
		s.segments, s.reading = s.segments[1:], s.reading-1
	}
	return nil
}

// Each hands over every row that waits, without reading on. It is meant for the time right after Open.
func (s *Spool) Each(each func(Row)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	reading, offset := s.reading, s.offset
	defer func() { s.reading, s.offset = reading, offset }()
	for {
		rows, done, err := s.read(frameRecords, frameBytes)
		if err != nil {
			return err
		}
		for _, row := range rows {
			each(row)
		}
		if done {
			return nil
		}
	}
}
