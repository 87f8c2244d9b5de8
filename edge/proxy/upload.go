package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/upstream"
)

// smallBody is what fits every socket's send buffer: it can be sent before the answer is read without either side
// waiting for the other.
const smallBody = 16 << 10

// copySmall appends the body to the head, so that both leave in one write.
func copySmall(w io.Writer, r *http.Request) error {
	buf := buffer()
	defer buf.release()
	if _, err := io.CopyBuffer(w, onlyReader{io.LimitReader(r.Body, r.ContentLength)}, buf.b); err != nil {
		return fmt.Errorf("%w: %w", errBody, err)
	}
	return nil
}

// upload carries a body up while the answer is already awaited: a replica may answer before it has read everything,
// and body and answer may be streams in both directions.
type upload struct {
	w    http.ResponseWriter
	done chan struct{}
	err  error       // what ended it, once done is closed
	read atomic.Bool // err is the client's fault
}

func startUpload(c *upstream.Conn, w http.ResponseWriter, r *http.Request) *upload {
	u := &upload{w: w, done: make(chan struct{})}
	// Without this net/http would read the body itself before it writes an answer.
	_ = http.NewResponseController(w).EnableFullDuplex()
	go func() {
		defer close(u.done)
		u.err = u.run(c, r)
	}()
	return u
}

func (u *upload) run(c *upstream.Conn, r *http.Request) error {
	buf := buffer()
	defer buf.release()
	var to io.Writer = c.W
	if r.ContentLength < 0 {
		to = httputil.NewChunkedWriter(c.W)
	}
	var sent int64
	for {
		n, err := r.Body.Read(buf.b)
		if n > 0 {
			sent += int64(n)
			if _, err := to.Write(buf.b[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF && (r.ContentLength < 0 || sent == r.ContentLength) {
			break
		}
		if err != nil {
			u.read.Store(true)
			// The replica must not wait for the rest: half a body is no body.
			c.Close()
			return err
		}
		if err := c.W.Flush(); err != nil {
			return err
		}
	}
	if r.ContentLength < 0 {
		if err := to.(io.Closer).Close(); err != nil { // the last chunk; the final CRLF is ours, after the trailers
			return err
		}
		if err := writeTrailer(c.W, r.Trailer); err != nil {
			return err
		}
	}
	return c.W.Flush()
}

// clientFailed says whether the client's side broke the upload.
func (u *upload) clientFailed() bool { return u.read.Load() }

// finished waits for nothing and says whether the body went up whole.
func (u *upload) finished() bool {
	select {
	case <-u.done:
		return u.err == nil
	default:
		return false
	}
}

// abandon ends an upload that nobody needs any more: both its ends are made to fail, then it is waited for, so that
// nothing touches the request after its handler has returned.
func (u *upload) abandon(c *upstream.Conn) {
	select {
	case <-u.done:
		return
	default:
	}
	c.Close()
	_ = http.NewResponseController(u.w).SetReadDeadline(time.Now())
	<-u.done
}

// onlyReader hides WriteTo, so that CopyBuffer uses the buffer it is given.
type onlyReader struct{ io.Reader }
