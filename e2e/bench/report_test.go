package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRatiosAreTakenTurnByTurn(t *testing.T) {
	t.Parallel()
	ratio := spread{10, 40, 30, 90}.over(spread{10, 20, 30})
	require.Equal(t, spread{1, 2, 1}, ratio)
	require.Equal(t, []float64{1, 1, 2}, []float64{ratio.min(), ratio.median(), ratio.max()})
	require.InDelta(t, 1.5, spread{2, 1}.median(), 0)
}

func TestAnAimIsJudgedByTheMedian(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]row{
		"met":        {ratio: spread{1, 1.25, 9}, aim: 1.25},
		"**missed**": {ratio: spread{1, 1.26, 9}, aim: 1.25},
		"":           {ratio: spread{7}},
	} {
		_, verdict := r.verdict()
		require.Equal(t, want, verdict)
	}
	aim, verdict := row{ratio: spread{0.6, 0.7, 0.8}, aim: 0.7, atLeast: true}.verdict()
	require.Equal(t, []string{"≥ 0.70", "met"}, []string{aim, verdict})
	aim, verdict = row{ratio: spread{0.6, 0.6, 0.8}, aim: 0.7, atLeast: true}.verdict()
	require.Equal(t, []string{"≥ 0.70", "**missed**"}, []string{aim, verdict})
}

func TestGoBenchmarksAreReadByUnit(t *testing.T) {
	t.Parallel()
	found := parseBench(`goos: linux
BenchmarkAppend/writers=50-2   1000   164379 ns/op   0.3000 append÷raw   6084 events/s   20278 raw/s
BenchmarkAppend/writers=50-2   1000   164379 ns/op   0.3100 append÷raw   6100 events/s   20000 raw/s
BenchmarkLag/quiet             1000   13438499 ns/op   5.326 p50-ms
PASS
`)
	require.Equal(t, spread{6084, 6100}, found["Append/writers=50"]["events/s"])
	require.Equal(t, spread{20278, 20000}, found["Append/writers=50"]["raw/s"])
	require.Equal(t, spread{5.326}, found["Lag/quiet"]["p50-ms"])
}

func TestTheDocumentKeepsWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	require.NoError(t, os.WriteFile(file, []byte("above\n"+markBegin+"\nold\n"+markEnd+"\nbelow\n"), 0o600))
	require.NoError(t, store(file, "new\n"))
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "above\n"+markBegin+"\nnew\n"+markEnd+"\nbelow\n", string(raw))

	require.NoError(t, os.WriteFile(file, []byte("no marks"), 0o600))
	require.ErrorContains(t, store(file, "new\n"), markBegin)
}
