package runtimetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// tail collects a replica's log in the background.
type tail struct {
	mu    sync.Mutex
	lines []runtime.Line
	ended chan error
	stop  context.CancelFunc
}

func (s *suite) follow(t *testing.T, name string, since time.Time) *tail {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tl := &tail{ended: make(chan error, 1), stop: cancel}
	t.Cleanup(cancel)
	go func() {
		tl.ended <- s.r.Logs(ctx, name, since, func(l runtime.Line) {
			tl.mu.Lock()
			defer tl.mu.Unlock()
			tl.lines = append(tl.lines, l)
		})
	}()
	return tl
}

func (tl *tail) seen() []runtime.Line {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	return append([]runtime.Line(nil), tl.lines...)
}

func (tl *tail) sees(t *testing.T, text string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the log tells %.60q", text), func() bool {
		for _, l := range tl.seen() {
			if l.Text == text {
				return true
			}
		}
		return false
	})
}

// detach ends following and answers what was seen.
func (tl *tail) detach(t *testing.T) []runtime.Line {
	t.Helper()
	tl.stop()
	_ = tl.end(t)
	return tl.seen()
}

func (tl *tail) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-tl.ended:
		return err
	case <-time.After(patience):
		t.Fatal("Logs does not end")
		return nil
	}
}

// allLogs reads the log of a replica that has ended.
func (s *suite) allLogs(t *testing.T, name string, since time.Time) []runtime.Line {
	t.Helper()
	tl := s.follow(t, name, since)
	require.NoError(t, tl.end(t))
	return tl.seen()
}

func texts(lines []runtime.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}

func (s *suite) logs(t *testing.T) {
	spec, i := s.serve(t, map[string]string{"GREETING": "world"})
	say := func(text, more string) {
		_, err := get(i, "/print?text="+text+more)
		require.NoError(t, err)
	}
	first := s.follow(t, spec.Name, time.Time{})
	first.sees(t, "booting world")
	first.sees(t, "listening")
	say("one", "&count=20")
	first.sees(t, "one 7")
	before := first.detach(t)
	say("two", "&stderr=1")
	second := s.follow(t, spec.Name, before[len(before)-1].At)
	second.sees(t, "two 0")
	say("three", "")
	second.sees(t, "three 0")
	require.NoError(t, s.r.Stop(t.Context(), spec.Name, patience))
	require.NoError(t, second.end(t), "following ends when the replica has ended")
	want := []string{"booting world", "listening"}
	for n := range 20 {
		want = append(want, fmt.Sprintf("one %d", n))
	}
	want = append(want, "two 0", "three 0", "got SIGTERM")
	all := append(before, second.seen()...)
	require.Equal(t, want, texts(all))
	for n, l := range all {
		require.Equal(t, strings.HasPrefix(l.Text, "two"), l.Stderr, l.Text)
		require.Zero(t, l.Lost)
		require.False(t, n > 0 && l.At.Before(all[n-1].At), "times go backwards at %s", l.Text)
	}
}

func (s *suite) logsFlood(t *testing.T) {
	spec, i := s.serve(t, nil)
	tl := s.follow(t, spec.Name, time.Time{})
	_, err := get(i, "/print?text=0123456789&repeat=20000")
	require.NoError(t, err)
	tl.sees(t, strings.Repeat("0123456789", 20000)+" 0")
	const count = 20_000
	_, err = get(i, fmt.Sprintf("/print?text=flood&count=%d", count))
	require.NoError(t, err)
	tl.sees(t, fmt.Sprintf("flood %d", count-1))
	next := 0
	for _, l := range tl.detach(t) {
		if strings.HasPrefix(l.Text, "flood") {
			require.Equal(t, fmt.Sprintf("flood %d", next), l.Text)
			next++
		}
	}
	require.Equal(t, count, next)
}

func (s *suite) logsRestart(t *testing.T) {
	spec, i := s.serve(t, nil)
	s.settles(t, i)
	tl := s.follow(t, spec.Name, time.Time{})
	tl.sees(t, "listening")
	_, _ = get(i, "/exit?code=3")
	s.becomes(t, spec.Name, "restarted", func(i runtime.Instance) bool { return i.Restarts >= 1 && i.State == runtime.Running })
	s.answers(t, i)
	_, err := get(i, "/print?text=after")
	require.NoError(t, err)
	tl.sees(t, "after 0")
	require.Equal(t, []string{"booting ", "listening", "booting ", "listening", "after 0"}, texts(tl.detach(t)))
}

func (s *suite) execs(t *testing.T) {
	spec, _ := s.serve(t, map[string]string{"GREETING": "from the environment"})
	run := func(stdin string, argv ...string) (int, string, string) {
		var out, errs lockedBuffer
		code, err := s.r.Exec(t.Context(), spec.Name, append([]string{s.App}, argv...), strings.NewReader(stdin), &out, &errs)
		require.NoError(t, err)
		return code, out.String(), errs.String()
	}
	code, out, _ := run("", "env", "GREETING")
	require.Zero(t, code)
	require.Equal(t, "from the environment\n", out)
	code, out, errs := run("", "fail", "42")
	require.Equal(t, 42, code)
	require.Equal(t, "to stdout\n", out)
	require.Equal(t, "to stderr\n", errs)
	big := strings.Repeat("all of it comes back\n", 20_000)
	code, out, _ = run(big, "cat")
	require.Zero(t, code)
	require.Equal(t, big, out)
	_, err := s.r.Exec(t.Context(), s.name(t), []string{s.App, "env"}, nil, nil, nil)
	require.ErrorIs(t, err, runtime.ErrNotFound)
}

func (s *suite) execCancelled(t *testing.T) {
	spec, _ := s.serve(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var out lockedBuffer
	go func() {
		_, err := s.r.Exec(ctx, spec.Name, []string{s.App, "build-hang"}, nil, &out, nil)
		ended <- err
	}()
	eventually(t, "the command runs", func() bool { return out.String() == "hanging\n" })
	cancel()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(patience):
		t.Fatal("Exec does not end")
	}
}

func (s *suite) usage(t *testing.T) {
	spec, i := s.serve(t, nil)
	before, err := s.r.Usage(t.Context(), spec.Name)
	require.NoError(t, err)
	require.Positive(t, before.MemoryBytes)
	_, err = get(i, "/spin?ms=300")
	require.NoError(t, err)
	eventually(t, "CPU time grows", func() bool {
		after, err := s.r.Usage(t.Context(), spec.Name)
		return err == nil && after.CPUSeconds > before.CPUSeconds+0.1
	})
}

func (s *suite) outOfMemory(t *testing.T) {
	if !s.OOM {
		t.Skip("this adapter cannot limit memory on this host")
	}
	spec := s.spec(t, nil)
	spec.MemoryMB = 64
	i := s.start(t, spec)
	s.answers(t, i)
	_, _ = get(i, "/allocate?mb=500")
	seen := s.becomes(t, spec.Name, "ended or restarted", func(i runtime.Instance) bool { return i.State != runtime.Running || i.Restarts > 0 })
	if seen.State == runtime.Exited {
		require.Equal(t, 137, seen.ExitCode)
		require.True(t, seen.OOMKilled)
	}
}

func (s *suite) survives(t *testing.T) {
	specs := map[string]runtime.Instance{}
	for range 2 {
		spec, i := s.serve(t, map[string]string{"GREETING": "still here"})
		specs[spec.Name] = i
	}
	require.NoError(t, s.r.Close())
	for _, i := range specs {
		s.answers(t, i)
	}
	s.r = s.Open(t)
	for name, before := range specs {
		after, ok := s.instance(t, name)
		require.True(t, ok, name)
		require.Equal(t, runtime.Running, after.State)
		require.Equal(t, before.Address, after.Address)
		require.Equal(t, before.Labels, after.Labels)
		require.True(t, before.StartedAt.Equal(after.StartedAt))
		_, err := get(after, "/print?text=later")
		require.NoError(t, err)
		s.follow(t, name, before.StartedAt).sees(t, "later 0")
		var out lockedBuffer
		code, err := s.r.Exec(t.Context(), name, []string{s.App, "env", "GREETING"}, nil, &out, nil)
		require.NoError(t, err)
		require.Zero(t, code)
		require.Equal(t, "still here\n", out.String())
		// A replica that had settled by time, though no agent was there to see it, is restarted after a crash.
		s.settles(t, after)
		s.crashUntilRestarted(t, name)
		require.NoError(t, s.r.Stop(t.Context(), name, time.Second))
		seen, _ := s.instance(t, name)
		require.Equal(t, runtime.Exited, seen.State)
	}
}

func (s *suite) crashUntilRestarted(t *testing.T, name string) {
	t.Helper()
	i, _ := s.instance(t, name)
	_, _ = get(i, "/exit?code=5")
	seen := s.becomes(t, name, "restarted", func(i runtime.Instance) bool { return i.Restarts > 0 && i.State == runtime.Running })
	s.answers(t, seen)
}
