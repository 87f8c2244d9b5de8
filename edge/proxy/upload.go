package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/upstream"
)

// upload carries a body up while the answer is already awaited: a replica may answer before it has read everything,
// and body and answer may be streams in both directions.
//
// It ends in one of three ways: the whole body went up (err is nil, the connection may serve again); the client's side
// broke (the replica's connection is cut at once, for half a body is no body); the replica's side broke, and what the
// client still sends is read and thrown away until it ends or settle loses patience.
type upload struct {
	x     *exchange
	done  chan struct{}
	err   error       // what ended it, once done is closed
	taken atomic.Bool // the client's body was read to its end
	fault atomic.Bool // err is the client's doing
}

func (x *exchange) startUpload(c *upstream.Conn) *upload {
	u := &upload{x: x, done: make(chan struct{})}
	if x.held {
		x.src = bytes.NewReader(x.body)
	} else { // else net/http would read the body itself before it writes an answer
		_ = http.NewResponseController(x.w).EnableFullDuplex()
	}
	go func() {
		defer close(u.done)
		u.err = u.run(c)
	}()
	return u
}

func (u *upload) run(c *upstream.Conn) error {
	buf := buffer()
	defer buf.release()
	length := u.x.r.ContentLength
	var to io.Writer = c.W
	if length < 0 {
		to = httputil.NewChunkedWriter(c.W)
	}
	var sent int64
	var broken error // the replica's side
	in := intake{x: u.x}
	for !u.taken.Load() {
		n, err := in.Read(buf.b)
		sent += int64(n)
		switch {
		case length >= 0 && sent > length:
			err = errors.New("the body is longer than its Content-Length")
		case err == io.EOF && sent < length:
			err = io.ErrUnexpectedEOF
		case err == io.EOF:
			// Said before the replica can answer: from here on it can only be the replica that is slow.
			u.taken.Store(true)
			err = nil
		}
		if err != nil {
			u.fault.Store(true)
			c.Close()
			return err
		}
		if broken != nil {
			continue
		}
		if n > 0 {
			_, broken = to.Write(buf.b[:n])
		}
		if broken == nil && !u.taken.Load() {
			broken = c.W.Flush()
		}
	}
	if broken == nil && length < 0 {
		if broken = to.(io.Closer).Close(); broken == nil { // the last chunk; the final CRLF is ours, after the trailers
			broken = writeTrailer(c.W, u.x.r.Trailer)
		}
	}
	if broken != nil {
		return broken
	}
	return c.W.Flush()
}

// settle ends what is left of an upload, so that nothing touches the request after its handler has returned, and
// reports whether the whole body went up. What is still on its way gets a moment: the client may have sent everything
// and be about to send the next request.
func (u *upload) settle(c *upstream.Conn) bool {
	select {
	case <-u.done:
		return u.err == nil
	default:
	}
	if !u.x.isOff() {
		wait := time.NewTimer(lingerFor)
		defer wait.Stop()
		select {
		case <-u.done:
			return u.err == nil
		case <-wait.C:
		}
	}
	c.Close()
	if u.x.untaken() {
		u.x.stopReading()
	}
	<-u.done
	return false
}
