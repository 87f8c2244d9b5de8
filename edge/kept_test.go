package edge_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Given a replica that answers before it has read the body, when the client sends the rest of the body behind the
// answer and then its next request on the same connection, then that is answered, unless the client was told that the
// connection ends.
func TestEarlyAnswerCostsNoRequestBehindIt(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Length", fmt.Sprint(len(r.Method))) // so that the answer is whole before the body is
		fmt.Fprint(w, r.Method)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(io.Discard, r.Body)
	}))))
	for _, size := range []int{1, 20_000, 60_000, 100_000, 400_000} {
		for _, chunked := range []bool{false, true} {
			c := e.dial(t)
			framing, piece := fmt.Sprintf("Content-Length: %d", 2*size), strings.Repeat("x", size)
			end := ""
			if chunked {
				framing, piece, end = "Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n", size, piece), "0\r\n\r\n"
			}
			fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a.test\r\n%s\r\n\r\n%s", framing, piece)
			br := bufio.NewReader(c)
			held := !chunked && 2*size <= 64<<10
			if held { // the edge wants all of it first
				io.WriteString(c, piece+end)
			}
			resp, err := http.ReadResponse(br, nil)
			require.NoError(t, err)
			if !held {
				io.WriteString(c, piece+end)
			}
			b, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, "POST", string(b))
			if resp.Close {
				require.False(t, held)
				_, err = br.ReadByte()
				require.ErrorIs(t, err, io.EOF, "what was announced happens")
				continue
			}
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
			resp, err = http.ReadResponse(br, nil)
			require.NoError(t, err, "size %d, chunked %t", size, chunked)
			b, _ = io.ReadAll(resp.Body)
			require.Equal(t, "GET", string(b))
		}
	}
}

// The answer can be over before the goroutine that sent the body has said that it is.
func TestUploadsLoseNoRequestOnKeptConnections(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	}))))
	for client := range 4 {
		t.Run(fmt.Sprint(client), func(t *testing.T) {
			t.Parallel()
			c := e.dial(t)
			br := bufio.NewReader(c)
			for i := range 400 {
				size := []int{100, 17_000, 20_000, 60_000, 70_000, 150_000}[(client+i)%6]
				if i%2 == 0 {
					fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
				} else {
					fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, strings.Repeat("x", size))
				}
				resp, err := http.ReadResponse(br, nil)
				require.NoError(t, err, "request %d", i)
				b, err := io.ReadAll(resp.Body)
				require.NoError(t, err, "request %d", i)
				require.Equal(t, fmt.Sprint(size), string(b))
				require.False(t, resp.Close)
			}
		})
	}
}
