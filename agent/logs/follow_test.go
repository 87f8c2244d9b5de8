package logs_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// printed is a runtime whose replicas have printed some lines and ended.
type printed struct {
	runtime.Runtime
	lines map[string][]runtime.Line
}

func (p printed) Logs(_ context.Context, name string, since time.Time, emit func(runtime.Line)) error {
	for _, l := range p.lines[name] {
		if l.At.After(since) {
			emit(l)
		}
	}
	return nil
}

// of is a replica of a service.
func (p printed) of(service string) replica.Replica {
	return replica.Replica{Runtime: p, Instance: runtime.Instance{
		Name: service + ".rel.1", State: runtime.Running, Labels: runtime.Labels{Service: service, Release: "rel", Replica: 1},
	}}
}

// taken follows replicas to their end and returns what is in the spool then.
func taken(t *testing.T, s *spool.Spool, perSecond int, list ...replica.Replica) []telemetry.Record {
	t.Helper()
	l := life.New()
	log := logs.New(s, perSecond, slog.New(slog.DiscardHandler))
	logs.NewFollowers(log, l).Follow(list)
	require.True(t, l.Wait(20*time.Second))
	log.Close()
	var all []telemetry.Record
	for s.Waiting() > 0 {
		batch, err := s.Next(context.Background(), 1000, 1<<20)
		require.NoError(t, err)
		require.NoError(t, s.Ack(batch.Number))
		all = append(all, batch.Records...)
	}
	return all
}

func TestAServiceThatFloodsItsLogIsHeldToItsRate(t *testing.T) {
	t.Parallel()
	s, err := spool.Open(t.TempDir(), 0)
	require.NoError(t, err)
	rt := printed{lines: map[string][]runtime.Line{}}
	start := time.Now().Add(-time.Minute)
	const flood = 5000
	for n := range flood {
		rt.lines["noisy.rel.1"] = append(rt.lines["noisy.rel.1"], runtime.Line{At: start.Add(time.Duration(n)), Text: "x"})
	}
	for n := range 50 {
		rt.lines["quiet.rel.1"] = append(rt.lines["quiet.rel.1"], runtime.Line{At: start.Add(time.Duration(n)), Text: "y"})
	}
	kept, missing := map[string]int{}, 0
	for _, r := range taken(t, s, 100, rt.of("noisy"), rt.of("quiet")) {
		if r.Stream != telemetry.Gap {
			kept[r.Service]++
			continue
		}
		require.Equal(t, "noisy", r.Service)
		require.Equal(t, "1", r.Replica)
		var n int
		_, err := fmt.Sscanf(r.Body, "%d lines are missing: the service wrote more than 100 lines a second", &n)
		require.NoError(t, err, r.Body)
		missing += n
	}
	require.Equal(t, 50, kept["quiet"])
	require.GreaterOrEqual(t, kept["noisy"], 1000, "ten seconds' worth may come at once")
	require.Positive(t, missing)
	require.Equal(t, flood, kept["noisy"]+missing)
}
