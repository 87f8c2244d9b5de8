package hub

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSightCountsOnlyTimeWithoutABreak(t *testing.T) {
	t.Parallel()
	const gap, lease = time.Second, 3 * time.Second
	start := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for name, c := range map[string]struct {
		writes []float64
		ok     bool
	}{
		"never wrote":                          {},
		"wrote once":                           {writes: []float64{0}},
		"wrote for less than a lease":          {writes: []float64{0, 1, 2}},
		"wrote for a lease":                    {writes: []float64{0, 1, 2, 3}, ok: true},
		"a stall begins anew":                  {writes: []float64{0, 1, 2, 3, 9}},
		"a lease after the stall":              {writes: []float64{0, 9, 10, 11, 12}, ok: true},
		"a clock that went back begins anew":   {writes: []float64{0, 1, 2, 3, 2.5}},
		"a lease after the clock went back":    {writes: []float64{100, 0, 1, 2, 3}, ok: true},
		"a refused batch tells no time at all": {writes: []float64{0, 1, 2, 3, -1000}, ok: true},
	} {
		var s sight
		var last time.Time
		for _, w := range c.writes {
			if w == -1000 {
				s.wrote(time.Time{}, gap)
				continue
			}
			last = at(w)
			s.wrote(last, gap)
		}
		cutoff, ok := s.sweepBefore(lease)
		require.Equal(t, c.ok, ok, name)
		if ok {
			require.Equal(t, last.Add(-lease), cutoff, name)
		}
	}
}
