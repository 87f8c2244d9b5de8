package hub

import "time"

// sight is the stretch of time, by the database's clock, over which this replica could write without a break. A
// replica counts an agent's absence only inside it: where nobody can write, silence says nothing about an agent.
//
// A failed or late write ends the stretch, and the next good one begins a new one. So after a stall every replica has
// a whole lease to write what its agents said before any replica calls one of them lost.
type sight struct {
	from, until time.Time
	heard       time.Time // this process's clock at the last write
}

// wrote records a write that began at this time of the database. A pause longer than gap begins a new stretch, and so
// does a clock that went back, as after a failover.
func (s *sight) wrote(at time.Time, gap time.Duration) {
	if at.IsZero() {
		return
	}
	if pause := at.Sub(s.until); pause > gap || pause < 0 {
		s.from = at
	}
	s.until, s.heard = at, time.Now()
}

// sweepBefore returns the time that agents must have been heard since, and whether the stretch is long enough to tell.
func (s *sight) sweepBefore(lease time.Duration) (cutoff time.Time, ok bool) {
	cutoff = s.until.Add(-lease)
	return cutoff, !s.from.IsZero() && !cutoff.Before(s.from)
}

// blind reports whether the last write is longer ago than gap.
func (s *sight) blind(gap time.Duration) bool { return time.Since(s.heard) > gap }
