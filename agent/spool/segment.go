package spool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/telemetry"
)

// Line is a record and the replica whose cursor it moves ("" for lines that no runtime follows).
type Line struct {
	telemetry.Record
	From string `json:"from,omitempty"`
	// Missing is how many lines a Gap stands for, whether they had a sequence or not. When the gap itself is given up, the
	// next one takes its counts along.
	Missing int `json:"missing,omitempty"`
}

// tag is whose lines were lost.
type tag struct{ org, project, service, deployment, release, replica string }

func tagOf(r telemetry.Record) tag {
	return tag{r.Organization, r.Project, r.Service, r.Deployment, r.Release, r.Replica}
}

func (t tag) gap(n int, at time.Time, why string) Line {
	return Line{Missing: n, Record: telemetry.Record{
		At: at, Organization: t.org, Project: t.project, Service: t.service, Deployment: t.deployment, Release: t.release, Replica: t.replica,
		Stream: telemetry.Gap, Body: fmt.Sprintf("%d lines are missing: %s", n, why),
	}}
}

// segment is one file of lines, named by its first sequence.
type segment struct {
	path        string
	first, last uint64 // last is first-1 while it is empty
	bytes       int64
	owners      map[tag]*share
	held        map[string]int64 // bytes by service
}

func newSegment(path string, first uint64) *segment {
	return &segment{path: path, first: first, last: first - 1, owners: map[tag]*share{}, held: map[string]int64{}}
}

// holds reports whether any of the services has lines in the segment.
func (g *segment) holds(services map[string]bool) bool {
	for service := range g.held {
		if services[service] {
			return true
		}
	}
	return false
}

// share is one owner's lines in a segment.
type share struct {
	at        time.Time // of the first one
	sequences []span
}

// span is a run of consecutive sequences, or one gap that stands for lost lines.
type span struct {
	from, to uint64
	missing  int    // lines that the gap stands for
	lost     uint64 // and sequences
}

// after counts the lines and the sequences that are lost with what of the span comes after acked.
func (s span) after(acked uint64) (lines int, sequences uint64) {
	if s.to <= acked {
		return 0, 0
	}
	sequences = s.to - max(s.from, acked+1) + 1
	if s.missing > 0 {
		return s.missing, sequences + s.lost
	}
	return int(sequences), sequences
}

func (g *segment) add(l Line, size int64) {
	g.last, g.bytes = l.Sequence, g.bytes+size
	g.held[l.Service] += size
	sh := g.owners[tagOf(l.Record)]
	if sh == nil {
		sh = &share{at: l.At}
		g.owners[tagOf(l.Record)] = sh
	}
	if n := len(sh.sequences); n > 0 && l.Missing == 0 && sh.sequences[n-1].missing == 0 && sh.sequences[n-1].to+1 == l.Sequence {
		sh.sequences[n-1].to = l.Sequence
		return
	}
	sh.sequences = append(sh.sequences, span{l.Sequence, l.Sequence, l.Missing, l.Lost})
}

// waiting counts lines after acked.
func (g *segment) waiting(acked uint64) int {
	if g.last <= acked || g.last < g.first {
		return 0
	}
	return int(g.last - max(g.first, acked+1) + 1)
}

// gaps tell what is lost when the segment's lines of services are given up; nil: of all.
func (g *segment) gaps(acked uint64, services map[string]bool) []Line {
	var out []Line
	for t, sh := range g.owners {
		if services != nil && !services[t.service] {
			continue
		}
		lines, sequences := 0, uint64(0)
		for _, sp := range sh.sequences {
			l, n := sp.after(acked)
			lines, sequences = lines+l, sequences+n
		}
		if lines > 0 {
			gap := t.gap(lines, sh.at, "the agent's log spool was full while the control plane did not take lines, and this service had most of it")
			gap.Lost = sequences
			out = append(out, gap)
		}
	}
	slices.SortFunc(out, func(a, b Line) int { return a.At.Compare(b.At) })
	return out
}

// encode writes a line with its checksum, so that half a line is known as such.
func encode(l Line) ([]byte, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(data), data), nil
}

func decode(row []byte) (Line, error) {
	var l Line
	sum, data, ok := bytes.Cut(bytes.TrimSuffix(row, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || uint32(want) != crc32.ChecksumIEEE(data) {
		return l, errors.New("a line fails its checksum")
	}
	return l, json.Unmarshal(data, &l)
}

func (s *Spool) segmentPath(first uint64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%020d.log", first))
}

// loadSegments reads what is on disk, moving cursors and numbers on. What a crash left half-written at the end is cut off.
func (s *Spool) loadSegments() error {
	paths, err := filepath.Glob(filepath.Join(s.dir, "*.log"))
	if err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		first, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ".log"), 10, 64)
		if err != nil {
			return fmt.Errorf("%s does not belong here", path)
		}
		seg := newSegment(path, first)
		if err := s.loadSegment(seg); err != nil {
			return err
		}
		s.segs = append(s.segs, seg)
		s.next = max(s.next, seg.last+1)
	}
	return nil
}

func (s *Spool) loadSegment(seg *segment) error {
	f, err := os.Open(seg.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 256<<10)
	for {
		row, err := in.ReadBytes('\n')
		if err == io.EOF && len(row) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		l, bad := decode(row)
		if bad != nil || l.Sequence != seg.last+1 {
			return os.Truncate(seg.path, seg.bytes)
		}
		seg.add(l, int64(len(row)))
		// Lines that a saved cursor counts already do not move it again.
		if l.Sequence >= s.next {
			s.advance(l)
		}
	}
}

// openActive readies the last segment for writing.
func (s *Spool) openActive() error {
	if len(s.segs) == 0 {
		return s.rotate()
	}
	last := s.segs[len(s.segs)-1]
	if last.last+1 != s.next { // the numbers went on elsewhere
		return s.rotate()
	}
	f, err := os.OpenFile(last.path, os.O_WRONLY|os.O_APPEND, 0o600)
	s.active = f
	return err
}

// rotate begins a new segment.
func (s *Spool) rotate() error {
	path := s.segmentPath(s.next)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if s.active != nil {
		if err := s.active.Sync(); err != nil {
			_ = f.Close()
			return err
		}
		_ = s.active.Close() // synced: nothing can be lost
	}
	if err := disk.SyncDir(s.dir); err != nil {
		_ = f.Close()
		return err
	}
	if n := len(s.segs); n > 0 && s.segs[n-1].path == path {
		s.segs = s.segs[:n-1] // it was empty
	}
	s.active = f
	s.segs = append(s.segs, newSegment(path, s.next))
	return nil
}
