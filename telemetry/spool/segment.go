package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// segment is one file of frames in order of position. Its name is the first of them.
type segment struct {
	path  string
	first uint64
	last  uint64 // 0 while it holds nothing
	size  int64  // of what is whole
}

const suffix = ".log"

func newSegment(dir string, first uint64) *segment {
	return &segment{path: filepath.Join(dir, fmt.Sprintf("%020d%s", first, suffix)), first: first}
}

// segments finds the files of a spool, oldest first.
func segments(dir string) ([]*segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*segment
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), suffix)
		if !ok {
			continue
		}
		first, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			continue
		}
		found = append(found, newSegment(dir, first))
	}
	sort.Slice(found, func(i, j int) bool { return found[i].first < found[j].first })
	return found, nil
}

// scan walks the frames of b. Where bytes are no frame it passes on to the next; skipped counts such bytes. whole is the
// end of the last frame found.
func (m mark) scan(b []byte, each func(frame, int64) bool) (whole int64, skipped int64) {
	var at, bad int64
	for at < int64(len(b)) {
		f, err := m.decodeFrame(b[at:])
		if err != nil {
			n := int64(m.resync(b[at:]))
			at, bad = at+n, bad+n
			continue
		}
		skipped, bad = skipped+bad, 0 // bytes after the last frame are an unfinished write, not damage
		start := at
		at += f.size
		whole = at
		if !each(f, start) {
			break
		}
	}
	return whole, skipped
}

// recover reads a segment after a start, and cuts off what a killed process left unfinished at its end. It answers how
// many bytes in the middle are damaged.
func (s *segment) recover(m mark) (damaged int64, err error) {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return 0, err
	}
	s.size, damaged = m.scan(b, func(f frame, _ int64) bool {
		s.last = max(s.last, f.last())
		return true
	})
	if s.size == int64(len(b)) {
		return damaged, nil
	}
	if err := os.Truncate(s.path, s.size); err != nil {
		return damaged, fmt.Errorf("cutting the unfinished end off %s: %w", s.path, err)
	}
	return damaged, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replace writes a file so that after a crash it holds either the old or the new content.
func replace(path string, content []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
