package spool_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/telemetry"
)

// A noisy service writes twenty times as much as its neighbours while nobody takes lines.
func TestANoisyServiceCostsItsNeighboursNoLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const limit = 256 << 10
	s := open(t, dir, limit)
	const rounds = 200
	for n := range rounds {
		require.NoError(t, s.Append(line("svc_quiet", n), line("svc_calm", n)))
		fill(t, s, "svc_noisy", n*40, n*40+40)
	}
	require.NoError(t, s.Close())
	s = open(t, dir, limit) // whatever was moved is known after a restart
	left, lost := map[string]int{}, map[string]int{}
	arrived, sequences := 0, uint64(0)
	for _, r := range drain(t, s, 500) {
		arrived++
		if r.Stream != telemetry.Gap {
			left[r.Service]++
			continue
		}
		var n int
		_, err := fmt.Sscanf(r.Body, "%d lines are missing: the agent's log spool was full", &n)
		require.NoError(t, err, r.Body)
		lost[r.Service] += n
		sequences += r.Lost
	}
	require.Equal(t, rounds, left["svc_quiet"])
	require.Equal(t, rounds, left["svc_calm"])
	require.Positive(t, lost["svc_noisy"])
	require.Equal(t, rounds*40, left["svc_noisy"]+lost["svc_noisy"], "each of its lines is there or told to be missing")
	require.Equal(t, s.Last(), uint64(arrived)+sequences, "each number has arrived or is told to be lost")
	require.Equal(t, line("svc_quiet", rounds-1).At, s.Cursor("svc_quiet.1").At)
}
