package main

import (
	"testing"
	"time"

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

func TestStatusTellsWhatTheReplicasWereSeenToBe(t *testing.T) {
	t.Parallel()
	instance := func(state string, restarts, exitCode int64) syntra.ReplicaInstance {
		return syntra.ReplicaInstance{
			State: syntra.ReplicaInstanceState(state), Restarts: restarts, ExitCode: exitCode,
			Labels: syntra.ReplicaLabels{Service: "svc_1", Release: "rel_8"},
		}
	}
	up, killed := instance("running", 0, 0), instance("exited", 0, 137)
	killed.OomKilled = new(true)
	stranger, old := up, up
	stranger.Labels.Service, old.Labels.Release = "svc_2", "rel_7"
	service := syntra.Service{
		Id: "svc_1", State: "running", Replicas: 2, Placement: []syntra.Target{{Id: "srv_1"}},
		Traffic: []syntra.Share{{ReleaseId: "rel_8"}},
	}
	for name, c := range map[string]struct {
		seen []syntra.ReplicaInstance
		want string
	}{
		"all run":                     {[]syntra.ReplicaInstance{up, up, stranger, old}, "running"},
		"one came back":               {[]syntra.ReplicaInstance{up, instance("running", 3, 0)}, "running, restarted 3×"},
		"one crashes again and again": {[]syntra.ReplicaInstance{up, instance("restarting", 12, 1)}, "1 of 2 running, exit 1, restarted 12×"},
		"one had too little memory":   {[]syntra.ReplicaInstance{up, killed}, "1 of 2 running, out of memory"},
		"others do not count":         {[]syntra.ReplicaInstance{stranger, old}, "0 of 2 running"},
	} {
		servers := []syntra.Server{{Id: "srv_1", Live: &syntra.Live{Instances: c.seen}}}
		require.Equal(t, c.want, stateText(service, servers), name)
	}
	require.Equal(t, "0 of 2 running, a server is away", stateText(service, []syntra.Server{{Id: "srv_1"}}))
	now := time.Now()
	service.Live = &syntra.ReleaseRef{Since: now}
	before := []syntra.Server{{Id: "srv_1", Live: &syntra.Live{At: now}}}
	require.Equal(t, "running", stateText(service, before), "what was seen before the release took the traffic says nothing of it")
	service.State = "stopped"
	require.Equal(t, "stopped", stateText(service, nil))
}
