// Package spool keeps log records on the control plane's disk from their arrival until the store has them. It is an
// append-only file in segments; each record gets a position, which only ever grows and is its place in the order of
// arrival.
package spool

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
)

// Options bound the spool; zero values take the defaults.
type Options struct {
	SegmentBytes int64 // 8 MiB
	MaxBytes     int64 // 1 GiB; when it is reached, the oldest segment which waits is dropped
	Logger       *slog.Logger
}

// Row is a record and its position.
type Row struct {
	telemetry.Record
	Position uint64
}

// Spool is safe for one goroutine that appends beside one that reads and acknowledges.
type Spool struct {
	dir     string
	options Options
	lock    *os.File

	mu       sync.Mutex
	progress checkpoint
	frames   mark
	segments []*segment // the last one is written to
	file     *os.File
	position uint64 // the last one given
	reading  int    // index of the segment the reader is in
	offset   int64  // and where in it
	dirty    bool   // the end of file may hold an unfinished frame
}

// checkpoint is what survives beside the segments.
type checkpoint struct {
	ID       string          `json:"id"`
	Mark     []byte          `json:"mark"`     // of the frames
	Position uint64          `json:"position"` // everything up to it is in the store
	State    json.RawMessage `json:"state,omitempty"`
}

const checkpointFile = "checkpoint.json"

// Open opens or makes the spool in dir and takes it for this process.
func Open(dir string, options Options) (*Spool, error) {
	if options.SegmentBytes <= 0 {
		options.SegmentBytes = 8 << 20
	}
	if options.MaxBytes <= 0 {
		options.MaxBytes = 1 << 30
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	s := &Spool{dir: dir, options: options}
	if err := s.open(); err != nil {
		if s.lock != nil {
			_ = s.lock.Close()
		}
		return nil, fmt.Errorf("opening the log spool %s: %w", dir, err)
	}
	return s, nil
}

func (s *Spool) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s.lock = lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another process uses it; stop that one or choose another directory")
	}
	if s.segments, err = segments(s.dir); err != nil {
		return err
	}
	if err := s.readCheckpoint(); err != nil {
		return err
	}
	s.position = s.progress.Position
	for _, seg := range s.segments {
		damaged, err := seg.recover(s.frames)
		if err != nil {
			return err
		}
		if damaged > 0 {
			s.options.Logger.Error("the log spool is damaged; what could not be read is left out", "file", seg.path, "bytes", damaged)
		}
		s.position = max(s.position, seg.last)
	}
	return s.roll()
}

func (s *Spool) readCheckpoint() error {
	content, err := os.ReadFile(filepath.Join(s.dir, checkpointFile))
	if errors.Is(err, os.ErrNotExist) && len(s.segments) == 0 {
		var random [16]byte
		_, _ = rand.Read(random[:])
		copy(s.frames[:], random[8:])
		s.progress = checkpoint{ID: hex.EncodeToString(random[:8]), Mark: s.frames[:]}
		return s.saveCheckpoint()
	}
	if err == nil {
		err = json.Unmarshal(content, &s.progress)
	}
	if err == nil && (s.progress.ID == "" || len(s.progress.Mark) != len(s.frames)) {
		err = errors.New("it is incomplete")
	}
	if err != nil {
		return fmt.Errorf("%s cannot be read; move the directory away to start a new spool (log lines not yet stored are lost): %w", checkpointFile, err)
	}
	copy(s.frames[:], s.progress.Mark)
	return nil
}

func (s *Spool) saveCheckpoint() error {
	content, err := json.Marshal(s.progress)
	if err != nil {
		return err
	}
	return replace(filepath.Join(s.dir, checkpointFile), content)
}

// ID names this spool for ever; positions are ordered within one spool.
func (s *Spool) ID() string { return s.progress.ID }

// State is what the last Ack kept.
func (s *Spool) State() json.RawMessage { return s.progress.State }

// Acked is the position up to which everything is in the store.
func (s *Spool) Acked() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress.Position
}

// Size is how many bytes the segments take, of which at most about two segments' worth is already in the store.
func (s *Spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size()
}

func (s *Spool) size() (n int64) {
	for _, seg := range s.segments {
		n += seg.size
	}
	return n
}

// Close lets go of the directory. What waits stays for the next Open.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.file.Close(), s.lock.Close())
}

// roll starts a new segment.
func (s *Spool) roll() error {
	seg := newSegment(s.dir, max(s.position+1, uint64(time.Now().UnixNano())))
	if n := len(s.segments); n > 0 && seg.first <= s.segments[n-1].first {
		seg = newSegment(s.dir, s.segments[n-1].first+1)
	}
	file, err := os.OpenFile(seg.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := syncDir(s.dir); err != nil {
		_ = file.Close()
		return err
	}
	if s.file != nil {
		_ = s.file.Close() // was synced by the last append
	}
	s.file, s.segments, s.dirty = file, append(s.segments, seg), false
	return nil
}
