package edge_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// streamWithoutWindow asks over HTTP/2 and allows the answer no byte, while it goes on reading the connection. What it
// returns is closed when the edge gives the stream up.
func (r *running) streamWithoutWindow(t testing.TB, host string) <-chan struct{} {
	t.Helper()
	config := r.trust(t, host)
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", r.secureAddr(), config)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, http2.ClientPreface)
	f := http2.NewFramer(conn, conn)
	require.NoError(t, f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, h := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: host}, {Name: ":path", Value: "/"}} {
		require.NoError(t, enc.WriteField(h))
	}
	require.NoError(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}))
	over := make(chan struct{})
	go func() {
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			if frame.Header().Type == http2.FrameRSTStream {
				close(over)
				return
			}
			if s, ok := frame.(*http2.SettingsFrame); ok && !s.IsAck() {
				_ = f.WriteSettingsAck()
			}
		}
	}()
	return over
}
