package upstream

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func replica(t *testing.T, addr string) (*net.TCPListener, chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	conns := make(chan net.Conn, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	return l.(*net.TCPListener), conns
}

func newUpstream(t *testing.T, addr string) *Upstream {
	u := New(addr, slog.New(slog.DiscardHandler))
	t.Cleanup(u.Close)
	return u
}

func TestConnectionsAreUsedAgainUnlessTheOtherSideHasClosedThem(t *testing.T) {
	t.Parallel()
	l, conns := replica(t, "127.0.0.1:0")
	u := newUpstream(t, l.Addr().String())
	a, err := u.Get(t.Context(), 0)
	require.NoError(t, err)
	require.False(t, a.Reused)
	theirs := <-conns
	a.Release()
	b, err := u.Get(t.Context(), 0)
	require.NoError(t, err)
	require.Same(t, a, b)
	require.True(t, b.Reused)
	b.Release()

	theirs.Close()
	require.Eventually(t, func() bool { return !b.alive() }, 5*time.Second, time.Millisecond)
	c, err := u.Get(t.Context(), 0)
	require.NoError(t, err)
	require.NotSame(t, b, c)
	theirs = <-conns
	c.Release()

	// Bytes that nobody asked for would be read as the answer to the next request.
	_, err = theirs.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !c.alive() }, 5*time.Second, time.Millisecond)
	d, err := u.Get(t.Context(), 0)
	require.NoError(t, err)
	require.NotSame(t, c, d)
	d.Close()
}

func TestConnectionThatRestedTooLongIsNotForRequestsThatMustNotBeRepeated(t *testing.T) {
	t.Parallel()
	l, _ := replica(t, "127.0.0.1:0")
	u := newUpstream(t, l.Addr().String())
	a, err := u.Dial(t.Context())
	require.NoError(t, err)
	a.Release()
	a.since = time.Now().Add(-2 * time.Second)
	b, err := u.Get(t.Context(), time.Second)
	require.NoError(t, err)
	require.False(t, b.Reused)
	b.Close()
	c, err := u.Get(t.Context(), 0)
	require.NoError(t, err)
	require.Same(t, a, c)
}

func TestUpstreamThatRefusesIsMarkedUntilItAnswers(t *testing.T) {
	t.Parallel()
	l, _ := replica(t, "127.0.0.1:0")
	addr := l.Addr().String()
	l.Close()
	u := newUpstream(t, addr)
	_, err := u.Get(t.Context(), 0)
	require.Error(t, err)
	require.True(t, Refused(err))
	require.True(t, u.Down())
	replica(t, addr)
	require.Eventually(t, func() bool { return !u.Down() }, 10*time.Second, 5*time.Millisecond)
}

// A timer for each request would be 30 s of requests in memory.
func TestOneTimerSweepsHoweverManyRequestsPass(t *testing.T) {
	t.Parallel()
	l, _ := replica(t, "127.0.0.1:0")
	u := newUpstream(t, l.Addr().String())
	timers := 0
	u.afterFunc = func(d time.Duration, f func()) *time.Timer {
		timers++
		return time.AfterFunc(d, f)
	}
	for range 1000 {
		c, err := u.Get(t.Context(), 0)
		require.NoError(t, err)
		c.Release()
	}
	require.Equal(t, 1, timers)
	u.sweep()
	require.Equal(t, 2, timers, "something still rests: the sweep comes again")
	u.idle[0].since = time.Now().Add(-2 * idleFor)
	u.sweep()
	require.Empty(t, u.idle)
	require.Equal(t, 2, timers, "nothing rests: the sweep is over")
}

func TestKeepAliveHintIsHonoured(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]time.Duration{
		"":                   idleFor,
		"timeout=5":          4 * time.Second,
		"max=10, Timeout=5":  4 * time.Second,
		"timeout=5, max=200": 4 * time.Second,
		"timeout=1":          500 * time.Millisecond,
		"timeout=99999":      idleFor,
		"timeout=-3":         idleFor,
		"timeout=x":          idleFor,
	} {
		h := http.Header{}
		if hint != "" {
			h.Set("Keep-Alive", hint)
		}
		require.Equal(t, want, rest(h), hint)
	}
}

func TestEndlessHeadIsRefused(t *testing.T) {
	t.Parallel()
	l, conns := replica(t, "127.0.0.1:0")
	u := newUpstream(t, l.Addr().String())
	c, err := u.Dial(t.Context())
	require.NoError(t, err)
	theirs := <-conns
	go theirs.Write([]byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 2*maxHead)))
	_, err = c.ReadResponse(http.MethodGet)
	require.ErrorIs(t, err, errHead)
}
