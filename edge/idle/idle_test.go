package idle

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func pair(t *testing.T) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// layered hides the socket, as TLS does.
type layered struct{ net.Conn }

func TestWhatComesIsReadAndNothingIsHeldBefore(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		client, server := pair(t)
		if hidden {
			server = layered{server}
		}
		s := New(server)
		var buf []byte
		read := func() (string, error) {
			var got string
			buf = nil
			err := s.Await(func() error {
				buf = make([]byte, 100)
				n, err := s.Read(buf)
				if err != nil {
					buf = nil
				}
				got = string(buf[:min(n, len(buf))])
				return err
			})
			return got, err
		}
		came := make(chan string)
		go func() {
			got, _ := read()
			came <- got
		}()
		io.WriteString(client, "hello")
		all := <-came
		for len(all) < 5 {
			more, err := read()
			require.NoError(t, err)
			all += more
		}
		require.Equal(t, "hello", all)
		require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Millisecond)))
		_, err := read()
		var ne net.Error
		require.ErrorAs(t, err, &ne)
		require.True(t, ne.Timeout(), "deadlines hold")
		require.NoError(t, server.SetReadDeadline(time.Time{}))
		client.Close()
		_, err = read()
		require.ErrorIs(t, err, io.EOF)
		require.Nil(t, buf)
	}
}
