//go:build linux

package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A replica's log is a folder of segments. A record is "<sequence> <unix nanoseconds> <o|e> <text>\n"; both numbers grow
// strictly, so that a reader can name its place by time and see by sequence what it missed. A segment's file name holds
// the numbers of its first record. A dropped segment leaves an empty ".gone" file, which is what tells how much is lost.

const (
	segments   = 4 // kept for each log
	keptGone   = 1000
	segmentExt = ".log"
	goneExt    = ".gone"
)

type segment struct {
	path  string
	first uint64
	at    int64
	gone  bool
}

// listSegments answers all segments, oldest first.
func listSegments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []segment
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		seq, at, ok := strings.Cut(strings.TrimSuffix(e.Name(), ext), "-")
		if !ok || (ext != segmentExt && ext != goneExt) {
			continue
		}
		first, err1 := strconv.ParseUint(seq, 10, 64)
		nanos, err2 := strconv.ParseInt(at, 10, 64)
		if err1 == nil && err2 == nil {
			list = append(list, segment{path: filepath.Join(dir, e.Name()), first: first, at: nanos, gone: ext == goneExt})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].first < list[j].first })
	return list, nil
}

// logWriter appends to a log. It is safe for concurrent use.
type logWriter struct {
	mu       sync.Mutex
	dir      string
	maxBytes int64 // of one segment
	file     *os.File
	size     int64
	seq      uint64 // of the last record
	at       int64
	buf      []byte
}

// openLog continues the log in dir; a record torn by a crash is cut off.
func openLog(dir string, maxBytes int64) (*logWriter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w := &logWriter{dir: dir, maxBytes: max(maxBytes/segments, 4096)}
	list, err := listSegments(dir)
	if err != nil || len(list) == 0 {
		return w, err
	}
	last := list[len(list)-1]
	w.seq, w.at = last.first-1, last.at-1
	if last.gone {
		return w, nil
	}
	raw, err := os.ReadFile(last.path)
	if err != nil {
		return nil, err
	}
	whole := raw[:bytes.LastIndexByte(raw, '\n')+1]
	if i := bytes.LastIndexByte(bytes.TrimSuffix(whole, []byte("\n")), '\n'); len(whole) > 0 {
		if rec, err := parseRecord(whole[i+1 : len(whole)-1]); err == nil {
			w.seq, w.at = rec.seq, rec.at
		}
	}
	if w.file, err = os.OpenFile(last.path, os.O_RDWR|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	w.size = int64(len(whole))
	return w, w.file.Truncate(w.size)
}

// append writes the lines as records in one go. Where the disk refuses them they still take their sequence numbers, so
// that readers see the gap.
func (w *logWriter) append(stderr bool, lines [][]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	stream := byte('o')
	if stderr {
		stream = 'e'
	}
	w.buf = w.buf[:0]
	now := time.Now().UnixNano()
	first, firstAt := w.seq+1, max(now, w.at+1)
	for _, line := range lines {
		w.seq++
		w.at = max(now, w.at+1)
		w.buf = strconv.AppendUint(w.buf, w.seq, 10)
		w.buf = append(w.buf, ' ')
		w.buf = strconv.AppendInt(w.buf, w.at, 10)
		w.buf = append(w.buf, ' ', stream, ' ')
		w.buf = append(append(w.buf, line...), '\n')
	}
	if w.file == nil || w.size >= w.maxBytes {
		if err := w.rotate(first, firstAt); err != nil {
			return err
		}
	}
	n, err := w.file.Write(w.buf)
	if err != nil && n > 0 {
		err = errors.Join(err, w.file.Truncate(w.size))
		return err
	}
	w.size += int64(n)
	return err
}

func (w *logWriter) rotate(first uint64, at int64) error {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
	f, err := os.OpenFile(filepath.Join(w.dir, fmt.Sprintf("%020d-%019d%s", first, at, segmentExt)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	w.file, w.size = f, 0
	list, err := listSegments(w.dir)
	if err != nil {
		return err
	}
	var kept, gone []segment
	for _, s := range list {
		if s.gone {
			gone = append(gone, s)
		} else {
			kept = append(kept, s)
		}
	}
	for ; len(kept) > segments; kept = kept[1:] {
		if err := os.WriteFile(strings.TrimSuffix(kept[0].path, segmentExt)+goneExt, nil, 0o600); err != nil {
			return err
		}
		if err := os.Remove(kept[0].path); err != nil {
			return err
		}
	}
	for ; len(gone) > keptGone; gone = gone[1:] {
		if err := os.Remove(gone[0].path); err != nil {
			return err
		}
	}
	return nil
}

func (w *logWriter) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

type record struct {
	seq    uint64
	at     int64
	stderr bool
	text   []byte
}

func parseRecord(line []byte) (record, error) {
	seq, rest, ok1 := bytes.Cut(line, []byte(" "))
	at, rest, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok1 || !ok2 || len(rest) < 2 {
		return record{}, fmt.Errorf("log record %.40q is malformed", line)
	}
	s, err1 := strconv.ParseUint(string(seq), 10, 64)
	a, err2 := strconv.ParseInt(string(at), 10, 64)
	return record{seq: s, at: a, stderr: rest[0] == 'e', text: rest[2:]}, errors.Join(err1, err2)
}
