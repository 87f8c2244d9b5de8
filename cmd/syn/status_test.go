package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func TestStatusTellsHowReleasesShareTheTraffic(t *testing.T) {
	t.Parallel()
	sha := "9f2c1ab04d3e77aa"
	live := &syntra.ReleaseRef{Id: "rel_8", Number: 8, Commit: syntra.Commit{Sha: &sha}}
	eight, nine := syntra.Share{ReleaseId: "rel_8", Number: 8}, syntra.Share{ReleaseId: "rel_9", Number: 9}
	shares := func(first, second float64) []syntra.Share {
		eight.WeightPercent, nine.WeightPercent = first, second
		return []syntra.Share{eight, nine}
	}
	for want, s := range map[string]syntra.Service{
		"-":                   {},
		"#8 9f2c1ab":          {Live: live, Traffic: []syntra.Share{{ReleaseId: "rel_8", Number: 8, WeightPercent: 100}}},
		"#8 90 %, #9 10 %":    {Live: live, Traffic: shares(90, 10)},
		"#8 97.5 %, #9 2.5 %": {Live: live, Traffic: shares(97.5, 2.5)},
	} {
		require.Equal(t, want, releaseText(s))
	}
}
