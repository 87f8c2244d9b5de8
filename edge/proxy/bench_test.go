package proxy_test

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkRequest carries small requests over one kept connection to a replica that costs nearly nothing. What it
// allocates is the edge's.
func BenchmarkRequest(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Thu, 26 Nov 2026 16:00:00 GMT\r\n" +
		"Content-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := make([]byte, 4<<10); ; {
					n, err := c.Read(in)
					if err != nil || !bytes.HasSuffix(in[:n], []byte("\r\n\r\n")) {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	_, addr := front(b, l.Addr().String())
	c, err := net.Dial("tcp", addr)
	require.NoError(b, err)
	defer c.Close()
	request := []byte("GET / HTTP/1.1\r\nHost: h.test\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
	in := make([]byte, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		_, err := c.Write(request)
		require.NoError(b, err)
		for n, whole := 0, false; !whole; {
			m, err := c.Read(in[n:])
			require.NoError(b, err)
			n += m
			_, body, ok := bytes.Cut(in[:n], []byte("\r\n\r\n"))
			whole = ok && len(body) >= 1024
		}
	}
}
