//go:build linux

package process

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Polling bounds of a follower that waits for more output.
const (
	pollFirst = 10 * time.Millisecond
	pollLast  = 200 * time.Millisecond
)

// followLog emits the records after since, then new ones, until ctx ends, the log is removed, or live answers false and
// everything is emitted.
func followLog(ctx context.Context, dir string, since time.Time, live func() bool, emit func(runtime.Line)) error {
	f := &follower{dir: dir, emit: emit}
	if !since.IsZero() {
		f.since = since.UnixNano()
	}
	defer f.closeFile()
	wait := pollFirst
	for {
		alive := live() // asked before reading, so that what a replica wrote last is read
		n, err := f.read(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || (!alive && n == 0) {
			return err
		}
		if n > 0 {
			wait = pollFirst
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
			wait = min(wait*2, pollLast)
		}
	}
}

type follower struct {
	dir    string
	emit   func(runtime.Line)
	since  int64
	seq    uint64 // last one seen, 0 before the first
	file   *os.File
	first  uint64 // of the open segment
	reader *bufio.Reader
	half   []byte // a record whose end is not written yet
}

// read emits what is there and answers how many records that were.
func (f *follower) read(ctx context.Context) (n int, err error) {
	if f.file == nil {
		if ok, err := f.attach(); !ok {
			return 0, err
		}
	}
	for ctx.Err() == nil {
		got, err := f.drain(ctx)
		n += got
		if err != nil || ctx.Err() != nil {
			return n, errors.Join(err, ctx.Err())
		}
		next, err := f.next()
		if err != nil || next == nil {
			return n, err
		}
		// The writer has gone on to another segment: what it wrote to this one before is there now.
		if got, err = f.drain(ctx); err != nil {
			return n + got, err
		}
		n += got
		if err := f.open(*next); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
	}
	return n, ctx.Err()
}

// attach opens the segment that holds the first record after since, and tells what is lost before it.
func (f *follower) attach() (bool, error) {
	list, err := listSegments(f.dir)
	if err != nil {
		return false, err
	}
	var start *segment
	lost := 0
	for i := range list {
		s := &list[i]
		if s.gone {
			if i+1 < len(list) {
				lost += missed(*s, list[i+1], f.since)
			}
			continue
		}
		if start == nil || s.at <= f.since {
			start = s
		}
	}
	if start == nil {
		return false, nil
	}
	if err := f.open(*start); err != nil {
		return false, ignoreMissing(err)
	}
	if lost > 0 {
		f.emit(runtime.Line{At: time.Unix(0, start.at-1), Lost: lost})
	}
	f.seq = start.first - 1
	return true, nil
}

// missed estimates how many records of a dropped segment come after since, as if they had come evenly.
func missed(s, next segment, since int64) int {
	count := float64(next.first - s.first)
	if since >= s.at && next.at > s.at {
		count *= float64(max(next.at-since, 0)) / float64(next.at-s.at)
	}
	return int(count)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f *follower) open(s segment) error {
	f.closeFile()
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	f.file, f.first, f.half = file, s.first, nil
	f.reader = bufio.NewReaderSize(file, 64<<10)
	return nil
}

func (f *follower) closeFile() {
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
}

func (f *follower) next() (*segment, error) {
	list, err := listSegments(f.dir)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if !list[i].gone && list[i].first > f.first {
			return &list[i], nil
		}
	}
	return nil, nil
}

// drain emits the whole records up to the end of the open segment.
func (f *follower) drain(ctx context.Context) (n int, err error) {
	if f.file == nil {
		return 0, nil
	}
	for ctx.Err() == nil {
		part, err := f.reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			f.half = append(f.half, part...)
			return n, nil
		}
		if err != nil {
			return n, err
		}
		line := append(f.half, part...)
		f.half = nil
		rec, err := parseRecord(line[:len(line)-1])
		if err != nil {
			return n, err
		}
		if rec.seq <= f.seq {
			continue
		}
		n++
		lost := int(rec.seq - f.seq - 1)
		f.seq = rec.seq
		if rec.at <= f.since {
			continue
		}
		if lost > 0 {
			// One nanosecond before the record: who resumes after this line must get the record.
			f.emit(runtime.Line{At: time.Unix(0, rec.at-1), Lost: lost})
		}
		f.emit(runtime.Line{At: time.Unix(0, rec.at), Stderr: rec.stderr, Text: string(rec.text)})
	}
	return n, ctx.Err()
}
