package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// shrink gives lines up while the spool is over its limit, and says so in their place: the oldest lines of services that
// hold more than their share of it. The others lose nothing to a noisy neighbour.
func (s *Spool) shrink() error {
	for s.bytes() > s.limit && len(s.segs) > 1 {
		if err := s.giveUp(s.aboveShare()); err != nil {
			return err
		}
	}
	return nil
}

// bytes is how much the segments hold.
func (s *Spool) bytes() (total int64) {
	for _, seg := range s.segs {
		total += seg.bytes
	}
	return total
}

// aboveShare returns the services that hold more than an equal part of the limit. If the spool is over its limit there is
// one.
func (s *Spool) aboveShare() map[string]bool {
	held := map[string]int64{}
	for _, seg := range s.segs {
		for service, n := range seg.held {
			held[service] += n
		}
	}
	above := map[string]bool{}
	for service, n := range held {
		above[service] = n > s.limit/int64(len(held))
	}
	return above
}

// giveUp deletes the oldest segment that has lines of the services, after it has written the lines of others that are in
// there again at the end.
func (s *Spool) giveUp(services map[string]bool) error {
	victim := s.segs[0] // what is in the last segment is too new to be given up
	for _, seg := range s.segs[:len(s.segs)-1] {
		if seg.holds(services) {
			victim = seg
			break
		}
	}
	gaps, moved, err := s.salvage(victim, services)
	if err != nil {
		return err
	}
	if moved > 0 {
		if err := s.active.Sync(); err != nil { // they are nowhere else in a moment
			return err
		}
	}
	before := s.acked
	if victim == s.segs[0] {
		s.acked = max(s.acked, victim.last)
	}
	if err := s.delete([]*segment{victim}); err != nil {
		s.acked = before // what is still there is not lost
		return err
	}
	if len(gaps) > 0 {
		gaps[0].Lost += moved // they have other numbers now
	}
	for _, g := range gaps {
		if err := s.write(g); err != nil {
			s.unlogged[tagOf(g.Record)] += g.Missing
			return err
		}
	}
	return nil
}

// salvage writes the lines of a segment that are not of the services again, and returns the gaps for those that are.
func (s *Spool) salvage(victim *segment, services map[string]bool) (gaps []Line, moved uint64, err error) {
	gaps = victim.gaps(s.acked, services)
	if len(gaps) == 0 {
		return victim.gaps(s.acked, nil), 0, nil // none of them is in there: a limit too small for one segment
	}
	f, err := os.Open(victim.path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	for in := bufio.NewReaderSize(f, 64<<10); ; {
		row, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return gaps, moved, nil
		}
		var l Line
		if err == nil {
			l, err = decode(row)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", victim.path, err)
		}
		if l.Sequence <= s.acked || services[l.Service] {
			continue
		}
		moved += 1 + l.Lost
		l.From, l.Lost = "", 0 // the cursor is past it
		if err := s.write(l); err != nil {
			return nil, 0, err
		}
	}
}
