package proxy

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Not parallel: it counts the buffers of the whole package.
func TestASocketThatRestsHoldsNoCopyBuffer(t *testing.T) {
	pair := func() (net.Conn, net.Conn) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		a, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		b, err := l.Accept()
		require.NoError(t, err)
		t.Cleanup(func() { a.Close(); b.Close() })
		return a, b
	}
	from, in := pair()
	out, to := pair()
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = pump(out, in, nil, time.Minute)
	}()
	for _, message := range []string{"short", strings.Repeat("long", 50_000), "short again"} {
		go io.WriteString(from, message)
		got := make([]byte, len(message))
		_, err := io.ReadFull(to, got)
		require.NoError(t, err)
		require.Equal(t, message, string(got))
	}
	require.Eventually(t, func() bool { return lent.Load() == 0 }, 10*time.Second, time.Millisecond)
	from.Close()
	<-over
}
