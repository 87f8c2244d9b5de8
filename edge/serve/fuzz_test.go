package serve

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tape is a connection on which a client has sent everything already. It has no socket.
type tape struct {
	in     *strings.Reader
	mu     sync.Mutex
	out    bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

func newTape(in string) *tape { return &tape{in: strings.NewReader(in), closed: make(chan struct{})} }

func (t *tape) Read(p []byte) (int, error) { return t.in.Read(p) }

func (t *tape) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(p)
}

func (t *tape) Close() error                     { t.once.Do(func() { close(t.closed) }); return nil }
func (t *tape) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (t *tape) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 1} }
func (t *tape) SetDeadline(time.Time) error      { return nil }
func (t *tape) SetReadDeadline(time.Time) error  { return nil }
func (t *tape) SetWriteDeadline(time.Time) error { return nil }

// recorder is a handler that writes down what it is asked.
type recorder struct{ asked []string }

func (h *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		h.asked = append(h.asked, "broken")
		panic(http.ErrAbortHandler)
	}
	r.Header.Del("Trailer") // which net/http leaves where there are no chunks
	if r.Header.Get("Pragma") == "no-cache" {
		r.Header.Del("Cache-Control") // which net/http makes of it
	}
	h.asked = append(h.asked, fmt.Sprintf("%s %s %q %q %v %d %q %v", r.Method, r.RequestURI, r.URL, r.Host, r.Header,
		r.ContentLength, b, r.Trailer))
	w.Header().Set("Content-Length", "2")
	io.WriteString(w, "ok")
}

// FuzzServe: whatever comes on a connection, the requests that are served of it are those that net/http serves, in the
// same order, as far as they are served.
func FuzzServe(f *testing.F) {
	const host = " HTTP/1.1\r\nHost: a\r\n"
	for _, in := range []string{
		"GET /" + host + "\r\nGET /2" + host + "X: y\r\n\r\n",
		"POST /" + host + "Content-Length: 4\r\n\r\nbodyGET /2" + host + "\r\n",
		"POST /" + host + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n\r\nGET /2" + host + "\r\n",
		"POST /" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /2" + host + "\r\n",
		"POST /" + host + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhiOPTIONS *" + host +
			"Connection: close\r\n\r\nGET /" + host + "\r\n",
		"POST /" + host + "Content-Length: 2\r\n\r\nhi\r\nGET /" + host + "\r\n",
		"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
	} {
		f.Add(in)
	}
	quiet := slog.New(slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, in string) {
		ours, theirs := &recorder{}, &recorder{}
		s := &Server{Handler: ours, HeadWithin: time.Minute, Idle: time.Minute, WriteWithin: time.Minute,
			MaxHead: 8 << 10, Log: quiet,
			conns: map[*conn]struct{}{}}
		s.newConn(newTape(in), nil, nil).serve()

		tape := newTape(in)
		one := newPassed(tape.LocalAddr())
		standard := &http.Server{Handler: theirs, DisableGeneralOptionsHandler: true,
			ErrorLog: slog.NewLogLogger(quiet.Handler(), 0)}
		go standard.Serve(one) //nolint:errcheck // it ends with its listener
		one.pass(tape)
		<-tape.closed
		one.Close()
		for i, asked := range ours.asked {
			if asked == "broken" {
				require.Equal(t, i, len(ours.asked)-1, "nothing follows what broke")
				break
			}
			require.Greater(t, len(theirs.asked), i, "net/http serves fewer requests: %q", ours.asked)
			require.Equal(t, theirs.asked[i], asked)
		}
	})
}
