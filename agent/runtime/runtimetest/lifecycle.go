package runtimetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

func (s *suite) starts(t *testing.T) {
	spec, i := s.serve(t, map[string]string{"GREETING": "hello there"})
	body, err := get(i, "/")
	require.NoError(t, err)
	require.Equal(t, "hello there", body)
	require.True(t, strings.HasPrefix(i.Address, runtime.Host+":"), i.Address)
	seen, ok := s.instance(t, spec.Name)
	require.True(t, ok)
	require.Equal(t, runtime.Running, seen.State)
	require.Equal(t, spec.Labels, seen.Labels)
	require.Equal(t, spec.Digest, seen.Digest)
	require.Equal(t, i.Address, seen.Address)
	require.WithinDuration(t, time.Now(), seen.StartedAt, patience)
	require.Zero(t, seen.Restarts)
}

func (s *suite) foundByName(t *testing.T) {
	one, other := s.spec(t, nil), s.spec(t, nil)
	one.Name, other.Name = one.Name+".a.1", one.Name+".ab.1"
	s.start(t, one)
	s.start(t, other)
	begin := strings.TrimSuffix(one.Name, "a.1")
	for prefix, want := range map[string]int{begin: 2, begin + "a.": 1, begin + "ab.": 1, begin + "a": 2, begin + "*": 0, one.Name: 1} {
		list, err := s.r.Instances(t.Context(), prefix)
		require.NoError(t, err)
		require.Len(t, list, want, prefix)
	}
}

func (s *suite) startsOnce(t *testing.T) {
	spec, first := s.serve(t, nil)
	again, err := s.r.Start(t.Context(), spec)
	require.NoError(t, err)
	require.Equal(t, first.Address, again.Address)
	require.True(t, first.StartedAt.Equal(again.StartedAt), "it was started anew")
}

func (s *suite) startsNothing(t *testing.T) {
	spec := runtime.InstanceSpec{Name: s.name(t), Digest: "sha256:" + strings.Repeat("0", 64), Port: 8080}
	_, err := s.r.Start(t.Context(), spec)
	require.Equal(t, runtime.CodeNoArtifact, runtime.CodeOf(err), "%v", err)
	_, ok := s.instance(t, spec.Name)
	require.False(t, ok, "a replica was left behind")
}

func (s *suite) startsCommand(t *testing.T) {
	spec := s.spec(t, nil)
	spec.Command = s.App + " fail 9"
	s.start(t, spec)
	require.Equal(t, 9, s.becomes(t, spec.Name, "exited", exited).ExitCode)
}

func (s *suite) crashesAtBoot(t *testing.T) {
	spec := s.spec(t, map[string]string{"BOOT_EXIT": "7"})
	s.start(t, spec)
	seen := s.becomes(t, spec.Name, "exited", exited)
	require.Equal(t, 7, seen.ExitCode)
	require.Empty(t, seen.Address)
	require.Zero(t, seen.Restarts)
	require.False(t, seen.OOMKilled)
	lines := s.allLogs(t, spec.Name, time.Time{})
	require.Contains(t, texts(lines), "cannot boot")
}

func (s *suite) restarts(t *testing.T) {
	spec, i := s.serve(t, nil)
	s.settles(t, i)
	_, _ = get(i, "/exit?code=3")
	seen := s.becomes(t, spec.Name, "restarted", func(i runtime.Instance) bool { return i.Restarts >= 1 && i.State == runtime.Running })
	require.Equal(t, i.Address, seen.Address, "the address changed")
	require.False(t, seen.StartedAt.Equal(i.StartedAt))
	s.answers(t, seen)
	_, _ = get(i, "/exit?code=0") // a service that ends well has ended too early as well
	s.becomes(t, spec.Name, "restarted twice", func(i runtime.Instance) bool { return i.Restarts >= 2 && i.State == runtime.Running })
}

func (s *suite) stopsRestarting(t *testing.T) {
	spec, i := s.serve(t, nil)
	s.settles(t, i)
	// Each crash doubles the pause before the next start, so that one is met sooner or later.
	seen := i
	for seen.State != runtime.Restarting {
		_, _ = get(i, "/exit?code=3")
		seen = s.becomes(t, spec.Name, "waits or runs again", func(now runtime.Instance) bool {
			return now.State == runtime.Restarting || (now.State == runtime.Running && !now.StartedAt.Equal(seen.StartedAt))
		})
		if seen.State == runtime.Running {
			s.answers(t, seen)
		}
	}
	require.Empty(t, seen.Address)
	require.Equal(t, 3, seen.ExitCode)
	require.NoError(t, s.r.Stop(t.Context(), spec.Name, time.Second))
	seen, _ = s.instance(t, spec.Name)
	require.Equal(t, runtime.Exited, seen.State)
	again, err := s.r.Start(t.Context(), spec)
	require.NoError(t, err)
	s.answers(t, again)
}

// settles waits until the replica is older than the adapter's settling time.
func (s *suite) settles(t *testing.T, i runtime.Instance) {
	t.Helper()
	eventually(t, i.Name+" settles", func() bool { return time.Since(i.StartedAt) > 2*s.Settle })
}

func (s *suite) stopsGracefully(t *testing.T) {
	spec, i := s.serve(t, nil)
	s.settles(t, i)
	require.NoError(t, s.r.Stop(t.Context(), spec.Name, patience))
	seen, ok := s.instance(t, spec.Name)
	require.True(t, ok, "a stopped replica is kept")
	require.Equal(t, runtime.Exited, seen.State)
	require.Zero(t, seen.ExitCode)
	require.Contains(t, texts(s.allLogs(t, spec.Name, time.Time{})), "got SIGTERM")
	_, err := get(i, "/")
	require.Error(t, err)
	require.NoError(t, s.r.Stop(t.Context(), spec.Name, time.Second), "stopping twice is fine")
	require.NoError(t, s.r.Stop(t.Context(), s.name(t), time.Second), "stopping what is not there is fine")
}

func (s *suite) stopsForcibly(t *testing.T) {
	spec, _ := s.serve(t, map[string]string{"IGNORE_TERM": "1"})
	require.NoError(t, s.r.Stop(t.Context(), spec.Name, time.Second))
	seen, _ := s.instance(t, spec.Name)
	require.Equal(t, runtime.Exited, seen.State)
	require.Equal(t, 137, seen.ExitCode)
	require.False(t, seen.OOMKilled)
	require.Contains(t, texts(s.allLogs(t, spec.Name, time.Time{})), "got SIGTERM")
}

func (s *suite) startsAgain(t *testing.T) {
	spec, i := s.serve(t, map[string]string{"GREETING": "again"})
	for range 3 {
		require.NoError(t, s.r.Stop(t.Context(), spec.Name, time.Second))
		again, err := s.r.Start(t.Context(), spec)
		require.NoError(t, err)
		s.answers(t, again)
		require.NotEqual(t, i.StartedAt, again.StartedAt)
		body, err := get(again, "/")
		require.NoError(t, err)
		require.Equal(t, "again", body)
	}
	seen, _ := s.instance(t, spec.Name)
	require.Zero(t, seen.Restarts, "only restarts after a crash count")
}

func (s *suite) removes(t *testing.T) {
	spec, i := s.serve(t, nil)
	require.NoError(t, s.r.Remove(t.Context(), spec.Name))
	_, ok := s.instance(t, spec.Name)
	require.False(t, ok)
	_, err := get(i, "/")
	require.Error(t, err)
	require.NoError(t, s.r.Remove(t.Context(), spec.Name))
}

func (s *suite) prunes(t *testing.T) {
	build := func(flavour string) string {
		dir := s.Source(t, BuildArgs)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "app.conf"), []byte(flavour+s.runs), 0o600))
		a, out, err := s.build(t, runtime.BuildSpec{Dir: dir, Args: map[string]string{"FLAVOUR": flavour + s.runs}})
		require.NoError(t, err, out)
		return a.Digest
	}
	has := func(digest string) bool {
		ok, err := s.r.Has(t.Context(), digest)
		require.NoError(t, err)
		return ok
	}
	kept, used, loose := build("kept"), build("used"), build("loose")
	s.start(t, runtime.InstanceSpec{Name: s.name(t), Digest: used, Port: 8080})
	deleted, err := s.r.Prune(t.Context(), map[string]bool{kept: true, s.artifact(t): true})
	require.NoError(t, err)
	require.Positive(t, deleted)
	require.True(t, has(kept))
	require.True(t, has(used))
	require.False(t, has(loose))
}
