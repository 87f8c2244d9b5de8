package main

import (
	"fmt"
	"slices"
	"time"
)

// spread is the same figure measured several times.
type spread []float64

func (s spread) min() float64 { return slices.Min(s) }
func (s spread) max() float64 { return slices.Max(s) }

// median is the middle one, or the mean of the two in the middle.
func (s spread) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// over divides turn by turn: what disturbs the machine for a while disturbs both.
func (s spread) over(other spread) spread {
	ratios := make(spread, min(len(s), len(other)))
	for i := range ratios {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// millis takes durations into spreads, whose unit is then the millisecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ms writes a median of milliseconds.
func (s spread) ms() string {
	if len(s) == 0 {
		return ""
	}
	switch m := s.median(); {
	case m < 10:
		return fmt.Sprintf("%.2f ms", m)
	default:
		return fmt.Sprintf("%.0f ms", m)
	}
}

// rate writes a median of something per second.
func (s spread) rate() string { return fmt.Sprintf("%.0f/s", s.median()) }
