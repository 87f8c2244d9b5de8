package serve

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// How the client finds the end of an answer's body.
const (
	undecided = iota // the head is written but for its end
	none
	length
	chunked
	untilEnd
)

// smallAnswer is how much of a body of unknown length is held back: an answer that ends within it gets a length.
const smallAnswer = 2 << 10

// response is the answer to the request under way. Its header is written when WriteHeader is called; where the length
// of the body is not known then, the head's last lines follow when it is known, or with the first flush.
type response struct {
	c        *conn
	header   http.Header
	bw       *bufio.Writer // nil: nothing is buffered
	kind     int
	left     int64 // of a declared length
	pending  []byte
	trailers []string
	close    bool        // the connection ends with the answer
	bounded  atomic.Bool // the handler bounds writing
	writeBy  time.Time   // the write deadline that is set here; zero: none
	hijacked bool
	err      error

	mu    sync.Mutex
	wrote bool // WriteHeader was called
}

func (w *response) begin() {
	clear(w.header)
	w.kind, w.left, w.pending, w.trailers, w.err = undecided, 0, w.pending[:0], w.trailers[:0], nil
	w.close = w.c.req.Close
	if w.bounded.Swap(false) {
		w.writeBy = time.Time{}
	}
	w.mu.Lock()
	w.wrote = false
	w.mu.Unlock()
}

// Header returns the header that WriteHeader will write, and trailers that it announced.
func (w *response) Header() http.Header { return w.header }

// WriteHeader begins the answer, or sends an interim one.
func (w *response) WriteHeader(status int) {
	if w.hijacked {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wrote {
		return
	}
	if status < 200 && status != http.StatusSwitchingProtocols {
		if w.c.req.ProtoMinor == 1 {
			w.statusLine(status)
			w.fields(false)
			w.writer().WriteString("\r\n")
			w.err = w.flush()
		}
		return
	}
	w.wrote = true
	w.writeHead(status)
}

// leave tells a client that waits for it to send its body.
func (w *response) leave() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wrote {
		return nil
	}
	w.writer().WriteString("HTTP/1.1 100 Continue\r\n\r\n")
	return w.flush()
}

// Write writes some of the body.
func (w *response) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	w.WriteHeader(http.StatusOK)
	switch {
	case w.err != nil:
		return 0, w.err
	case w.kind == none && w.c.req.Method == http.MethodHead:
		return len(p), nil
	case w.kind == none:
		return 0, http.ErrBodyNotAllowed
	case w.kind == undecided && len(w.pending)+len(p) <= smallAnswer:
		w.pending = append(w.pending, p...)
		return len(p), nil
	}
	if err := w.decide(); err != nil {
		return 0, err
	}
	return len(p), w.body(p)
}

// decide ends the head of a body of unknown length.
func (w *response) decide() error {
	if w.kind != undecided {
		return nil
	}
	w.kind = chunked
	if w.c.req.ProtoMinor == 0 {
		w.kind = untilEnd
	}
	w.endHead()
	err := w.body(w.pending)
	w.pending = w.pending[:0]
	return err
}

func (w *response) body(p []byte) error {
	bw := w.writer()
	switch {
	case len(p) == 0:
		return nil
	case w.kind == length && int64(len(p)) > w.left:
		return http.ErrContentLength
	case w.kind == chunked:
		bw.Write(strconv.AppendInt(bw.AvailableBuffer(), int64(len(p)), 16))
		bw.WriteString("\r\n")
		bw.Write(p)
		_, w.err = bw.WriteString("\r\n")
	default:
		w.left -= int64(len(p))
		_, w.err = bw.Write(p)
	}
	return w.err
}

// Flush sends what was written.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError sends what was written.
func (w *response) FlushError() error {
	if w.hijacked {
		return http.ErrHijacked
	}
	w.WriteHeader(http.StatusOK)
	if err := w.decide(); err != nil {
		return err
	}
	return w.flush()
}

// finish ends the answer and sends it.
func (w *response) finish() error {
	if w.err != nil {
		return w.err
	}
	w.WriteHeader(http.StatusOK)
	if w.kind == undecided {
		w.kind, w.left = length, int64(len(w.pending))
		w.endHead()
		_ = w.body(w.pending)
	}
	switch {
	case w.kind == length && w.left > 0:
		return io.ErrShortWrite
	case w.kind == chunked:
		w.writer().WriteString("0\r\n")
		for _, name := range w.trailers {
			w.lines(name, w.header[name])
		}
		w.writer().WriteString("\r\n")
	}
	return w.flush()
}

// flush sends what is buffered and gives the buffer back.
func (w *response) flush() error {
	if w.bw == nil {
		return w.err
	}
	if err := w.bw.Flush(); err != nil {
		w.err = err
		return err
	}
	w.giveWriter()
	return nil
}

// sender writes what leaves the buffer.
type sender response

// Write writes to the connection, within a bound if the handler has set none.
func (w *sender) Write(p []byte) (int, error) {
	if now := time.Now(); !w.bounded.Load() && w.writeBy.Sub(now) < w.c.server.WriteWithin/2 {
		w.writeBy = now.Add(w.c.server.WriteWithin)
		_ = w.c.nc.SetWriteDeadline(w.writeBy)
	}
	return w.c.nc.Write(p)
}

func (w *response) writer() *bufio.Writer {
	if w.bw == nil {
		w.bw = takeWriter((*sender)(w))
	}
	return w.bw
}

func (w *response) giveWriter() {
	if w.bw != nil {
		giveWriter(w.bw)
		w.bw = nil
	}
}

// SetReadDeadline bounds reading the body.
func (w *response) SetReadDeadline(t time.Time) error {
	w.c.moved.Store(true)
	return w.c.nc.SetReadDeadline(t)
}

// SetWriteDeadline bounds writing the answer.
func (w *response) SetWriteDeadline(t time.Time) error {
	w.bounded.Store(true)
	return w.c.nc.SetWriteDeadline(t)
}

// EnableFullDuplex does nothing: the body can be read while the answer is written.
func (w *response) EnableFullDuplex() error { return nil }

// Hijack gives the connection to the handler.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	if w.wrote {
		return nil, nil, errors.New("the answer has begun")
	}
	w.c.watch.stop()
	w.hijacked = true
	r := w.c.r
	if r == nil {
		r = takeReader(w.c.src)
	}
	w.giveWriter()
	rw := bufio.NewReadWriter(r, takeWriter(w.c.nc))
	w.c.r = nil
	return w.c.nc, rw, nil
}
