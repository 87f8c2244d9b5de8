package spool

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/syntra-dev/syntra/agent/disk"
)

// meta is what survives when all segments are gone.
type meta struct {
	Source string `json:"source"`
	// Acked and Next are as of the last save; segments may tell more.
	Acked   uint64            `json:"acked"`
	Next    uint64            `json:"next"`
	Cursors map[string]Cursor `json:"cursors,omitempty"`
}

func (s *Spool) loadMeta() error {
	data, err := os.ReadFile(filepath.Join(s.dir, "meta.json"))
	if errors.Is(err, os.ErrNotExist) {
		s.source, s.next = "spl_"+rand.Text(), 1
		return s.saveMeta()
	}
	if err != nil {
		return err
	}
	var m meta
	if err := json.Unmarshal(data, &m); err != nil || m.Source == "" {
		return errors.New("meta.json is damaged: move the directory away; lines that were not sent yet are lost with it")
	}
	s.source, s.acked, s.next = m.Source, m.Acked, max(m.Next, m.Acked+1)
	for name, c := range m.Cursors {
		s.cursors[name] = c
	}
	return nil
}

// saveMeta is called before segments are deleted: after a crash, what they told must still be known.
func (s *Spool) saveMeta() error {
	data, err := json.Marshal(meta{Source: s.source, Acked: s.acked, Next: s.next, Cursors: s.cursors})
	if err != nil {
		return err
	}
	return disk.Write(filepath.Join(s.dir, "meta.json"), data)
}

// delete removes segments, after what they told is in meta. On a full disk meta can only be written once there
// is room: then the first of them goes before. A crash in that moment makes the runtime's lines since then come twice, and loses
// none.
func (s *Spool) delete(victims []*segment) error {
	if len(victims) == 0 {
		return nil
	}
	err := s.saveMeta()
	if full(err) {
		if err = s.remove(victims[0]); err == nil {
			victims, err = victims[1:], s.saveMeta()
		}
	}
	for _, victim := range victims {
		if err == nil {
			err = s.remove(victim)
		}
	}
	return err
}

func (s *Spool) remove(victim *segment) error {
	if err := os.Remove(victim.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.segs = slices.DeleteFunc(slices.Clone(s.segs), func(seg *segment) bool { return seg == victim })
	return nil
}

// full reports whether an error says that there is no space.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
