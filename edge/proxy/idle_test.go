package proxy_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/proxy"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/serve"
)

// front is the edge's front for one service, over the edge's own HTTP/1.1.
func front(t *testing.T, replica string) (*route.Router, string) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	router := route.New(quiet, nil)
	t.Cleanup(router.Close)
	require.NoError(t, router.Put(control.Service{ID: "s", Hosts: []string{"h.test"},
		Pools: []control.Pool{{Release: "0", Weight: 1, Endpoints: control.Local(replica)}}}))
	s := &serve.Server{Handler: &proxy.Handler{Router: router, Log: quiet, Retiring: new(atomic.Bool)}, HeadWithin: time.Minute,
		Idle: time.Minute, WriteWithin: time.Minute, MaxHead: 64 << 10, Log: quiet}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l) //nolint:errcheck // it ends with the server
	t.Cleanup(func() { _ = s.Close() })
	return router, l.Addr().String()
}

// rests is a replica whose connections rest after one answer, and hold nothing but the socket.
func rests(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var open []net.Conn
	over := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-over
		for _, c := range open {
			c.Close()
		}
	})
	go func() {
		defer close(over)
		b := make([]byte, 4<<10)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open = append(open, c)
			for n := 0; !bytes.HasSuffix(b[:n], []byte("\r\n\r\n")); {
				m, err := c.Read(b[n:])
				if err != nil {
					return
				}
				n += m
			}
			io.WriteString(c, answer)
		}
	}()
	return l.Addr().String()
}

// inUse returns what the process's heap and stacks hold.
func inUse() uint64 {
	runtime.GC()
	runtime.GC() // the second one empties the pools, and shrinks stacks to what is used
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// Given two thousand connections that rest, in each of the ways that connections do, then each of them holds a few
// kilobytes of the edge, its sockets at the replica and the test's own ends included. Not parallel: it counts bytes.
func TestAConnectionThatRestsHoldsLittle(t *testing.T) {
	const connections = 2000
	for _, c := range []struct {
		name, head, answer string
		most               uint64 // bytes
	}{
		{"between requests", "\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 8 << 10},
		{"websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 10 << 10},
		{"event stream", "\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", 24 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, addr := front(t, rests(t, c.answer))
			br := bufio.NewReader(nil)
			open := func() net.Conn {
				conn, err := net.Dial("tcp", addr)
				require.NoError(t, err)
				t.Cleanup(func() { conn.Close() })
				io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h.test\r\n"+c.head)
				br.Reset(conn)
				_, err = http.ReadResponse(br, nil)
				require.NoError(t, err)
				return conn
			}
			open() // what is made once
			before := inUse()
			conns := make([]net.Conn, connections)
			for i := range conns {
				conns[i] = open()
			}
			var each uint64
			for until := time.Now().Add(10 * time.Second); ; runtime.Gosched() { // until each has been looked after
				if each = (inUse() - before) / connections; each <= c.most || time.Now().After(until) {
					break
				}
			}
			require.LessOrEqual(t, each, c.most, "bytes of each")
			t.Logf("%d bytes each", each)
			runtime.KeepAlive(conns)
		})
	}
}
