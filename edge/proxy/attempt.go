package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/syntra-dev/syntra/edge/upstream"
)

// attempt sends the request to the chosen upstream and carries the answer back. It returns an error only if nothing
// was answered yet.
//
// The connection serves again only when this request went up whole, as declared, and its answer came whole, as
// declared, with nothing behind it. Everything else would make the next visitor's request part of this one, or this
// one's answer part of the next.
func (x *exchange) attempt() error {
	up := x.flight.Upstream()
	x.reused, x.whole, x.upload = false, false, nil
	c, err := x.connect(up)
	if err != nil {
		return err
	}
	x.reused = c.Reused
	if !x.hold(c) {
		c.Close()
		x.drop()
		return errors.New("cut before it was sent")
	}
	keep := false
	defer func() {
		if x.tunnel != nil { // the connection is the tunnel's
			return
		}
		x.drop()
		if keep {
			c.Release()
		} else {
			c.Close()
		}
	}()
	resp, err := x.send(c)
	if err == nil {
		err = x.servedBy(resp)
	}
	if err != nil {
		if x.upload != nil {
			x.upload.settle(c)
		}
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() && !errors.Is(err, errBody) {
			err = fmt.Errorf("%w: %w", errTimeout, err)
		}
		if !x.reused && !x.isOff() && !errors.Is(err, errBody) && !upstream.Refused(err) { // the replica's own doing
			up.Missed(err)
		}
		return err
	}
	up.Answered()
	keep = x.answer(c, resp)
	return nil
}

func (x *exchange) connect(up *upstream.Upstream) (*upstream.Conn, error) {
	switch {
	case x.fresh:
		return up.Dial(x.r.Context())
	case x.safe():
		return up.Get(x.r.Context(), 0)
	default:
		return up.Get(x.r.Context(), freshEnough)
	}
}

// smallBody is what fits every socket's send buffer: it can be sent before the answer is read without either side
// waiting for the other.
const smallBody = 16 << 10

// send writes the request and reads the head of the answer. A body that is not small goes up beside it.
func (x *exchange) send(c *upstream.Conn) (*http.Response, error) {
	x.upgrade = ""
	if x.r.ProtoMajor == 1 && !x.hasBody() { // what is left of a body would be the new protocol's
		x.upgrade = upgradeType(x.r.Header)
	}
	expects := x.expects()
	if err := x.writeHead(c.W, expects); err != nil {
		return nil, err
	}
	atOnce := x.held && len(x.body) <= smallBody
	if atOnce {
		_, _ = c.W.Write(x.body) // Flush tells
	}
	err := c.W.Flush()
	switch {
	case atOnce || !x.hasBody():
		// A replica may have answered and closed before it read everything: what it said counts.
		if err != nil && !x.hasBody() {
			return nil, err
		}
		x.whole = err == nil
	case err != nil:
		return nil, err
	default:
		if expects {
			if resp, err := x.awaitContinue(c); resp != nil || err != nil {
				return resp, err
			}
			x.leave()
		}
		x.bodyTouched = !x.held
		x.upload = x.startUpload(c)
	}
	resp, err := x.readHead(c)
	if err != nil && x.upload != nil && x.upload.fault.Load() {
		<-x.upload.done // it has said so: it ends
		err = fmt.Errorf("%w: %w", errBody, x.upload.err)
	}
	return resp, err
}
