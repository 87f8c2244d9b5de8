package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

func svc(id, host string, pools ...control.Pool) control.Service {
	return control.Service{ID: id, Hosts: []string{host}, Pools: pools}
}

func pool(release string, weight int, upstreams ...string) control.Pool {
	return control.Pool{Release: release, Weight: weight, Endpoints: control.Local(upstreams...)}
}

// The heart of "drained means safe to stop": however requests and table changes interleave, a release that Drain has
// declared empty is never entered again until it is routed again.
func TestNoRequestEntersADrainedRelease(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	stopped := make([]atomic.Bool, 301)
	require.NoError(t, r.Put(svc("s", "h", pool("0", 1, "127.0.0.1:1"))))
	var wrong, entered atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				var f Flight
				if err := r.Enter("h", &f); err != nil {
					wrong.Add(1)
					continue
				}
				var n int
				fmt.Sscan(f.Release().ID, &n)
				if stopped[n].Load() {
					wrong.Add(1)
				}
				entered.Add(1)
				f.Leave()
			}
		})
	}
	require.Eventually(t, func() bool { return entered.Load() > 0 }, time.Minute, time.Millisecond, "requests are under way")
	for i := 1; i <= 300; i++ {
		require.NoError(t, r.Put(svc("s", "h", pool(strconv.Itoa(i), 1, "127.0.0.1:1"))))
		_, err := r.Release("s", strconv.Itoa(i-1)).Drain(t.Context(), "", Grace{Plain: time.Minute, Sockets: time.Minute})
		require.NoError(t, err)
		stopped[i-1].Store(true)
	}
	cancel()
	wg.Wait()
	require.Zero(t, wrong.Load())
	require.NotZero(t, entered.Load())
}

func TestLeastBusyReplicaIsChosen(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	require.NoError(t, r.Put(svc("s", "h", pool("rel", 1, "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"))))
	busy := map[string]int{}
	flights := make([]Flight, 9)
	for i := range flights {
		require.NoError(t, r.Enter("h", &flights[i]))
		busy[flights[i].Upstream().Addr()]++
	}
	require.Equal(t, map[string]int{"127.0.0.1:1": 3, "127.0.0.1:2": 3, "127.0.0.1:3": 3}, busy)
	free := ""
	for i := range flights { // one replica becomes free: the next three go there
		if a := flights[i].Upstream().Addr(); free == "" || a == free {
			free = a
			flights[i].Leave()
		}
	}
	for range 3 {
		var f Flight
		require.NoError(t, r.Enter("h", &f))
		require.Equal(t, free, f.Upstream().Addr())
	}
}

func TestDownReplicaIsSkippedUnlessAllAreDown(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	defer r.Close()
	require.NoError(t, r.Put(svc("s", "h", pool("rel", 1, "127.0.0.1:1", "127.0.0.1:2"))))
	r.Release("s", "rel").targets[0].up.Failed(errors.New("refused"))
	for range 6 {
		var f Flight
		require.NoError(t, r.Enter("h", &f))
		require.Equal(t, "127.0.0.1:2", f.Upstream().Addr())
	}
	r.Release("s", "rel").targets[1].up.Failed(errors.New("refused"))
	var f Flight
	require.NoError(t, r.Enter("h", &f), "a mark is a guess")
}

func TestAChangeThatCannotBeSavedDoesNotHappen(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	var fail error
	var saved control.Table
	r := New(slog.New(slog.DiscardHandler), func(t control.Table) error { saved = t; return fail })
	require.NoError(t, r.Put(svc("s", "old.test", pool("1", 1, "127.0.0.1:1"))))
	require.Equal(t, saved, r.Table())
	fail = full
	require.ErrorIs(t, r.Put(svc("s", "new.test", pool("2", 1, "127.0.0.1:2"))), full)
	require.ErrorIs(t, r.Delete("s"), ErrNotSaved)
	require.True(t, r.Knows("old.test"))
	require.False(t, r.Knows("new.test"))
	var f Flight
	require.NoError(t, r.Enter("old.test", &f))
	require.Equal(t, "1", f.Release().ID)
}

func TestReleasesLongGoneAreForgotten(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	require.NoError(t, r.Put(svc("s", "h", pool("1", 1, "127.0.0.1:1"))))
	require.NoError(t, r.Put(svc("s", "h", pool("2", 1, "127.0.0.1:2"))))
	require.NotNil(t, r.Release("s", "1"), "its measurements are still of interest")
	r.Release("s", "1").leftAt = time.Now().Add(-2 * remember)
	require.NoError(t, r.Put(svc("s", "h", pool("2", 1, "127.0.0.1:2"))))
	require.Nil(t, r.Release("s", "1"))
}

func TestRestoreLeavesOutWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), func(control.Table) error { return errors.New("restoring saves nothing") })
	r.Restore(control.Table{Services: []control.Service{svc("a", "a.test"), svc("b", "no host!"), svc("c", "a.test"), svc("d", "d.test")}})
	require.True(t, r.Knows("a.test"))
	require.True(t, r.Knows("d.test"))
	require.Len(t, r.Table().Services, 2)
}

// A stopped service keeps its hosts, to answer 503, for as long as nobody who runs wants them.
func TestAServiceWithoutAReleaseKeepsItsHostsUntilAnotherTakesThem(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	enter := func(host string) error { return r.Enter(host, new(Flight)) }
	require.NoError(t, r.Put(control.Service{ID: "stopped", Hosts: []string{"old", "moved"}}))
	require.ErrorIs(t, enter("old"), ErrNotRunning)
	require.ErrorIs(t, enter("moved"), ErrNotRunning)

	require.NoError(t, r.Put(svc("runs", "moved", pool("1", 1, "127.0.0.1:1"))))

	require.NoError(t, enter("moved"))
	require.ErrorIs(t, enter("old"), ErrNotRunning)
	require.ErrorIs(t, r.Put(control.Service{ID: "stopped", Hosts: []string{"old", "moved"}}), ErrHostTaken)
	require.Equal(t, []string{"old"}, r.Table().Services[1].Hosts)
	require.NoError(t, r.Delete("stopped"))
	require.ErrorIs(t, enter("old"), ErrUnknownHost)
}
