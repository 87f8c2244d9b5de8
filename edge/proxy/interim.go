package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/edge/upstream"
)

const (
	// maxInterim bounds 1xx answers before the real one.
	maxInterim = 8
	// continueWithin is how long a client that asked "Expect: 100-continue" is kept waiting for the replica's word.
	continueWithin = time.Second
)

// readHead reads the head of the answer; interim ones (103 Early Hints) are passed on.
func (x *exchange) readHead(c *upstream.Conn) (*http.Response, error) {
	for range maxInterim {
		resp, err := c.ReadResponse(x.r.Method)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
		x.interim(resp)
	}
	return nil, fmt.Errorf("more than %d interim answers", maxInterim)
}

// leave tells an HTTP/3 client that waits for it to send its body. Over HTTP/1 and 2 the library does, when the body is
// first read.
func (x *exchange) leave() {
	if x.r.ProtoMajor == 3 {
		x.beforeWrite()
		x.w.WriteHeader(http.StatusContinue)
		x.afterWrite()
	}
}

// interim passes an interim answer on. Leave to send the body is not the replica's to give. Over HTTP/2 the library
// gives none once any interim answer was sent, and the client would wait for it for ever.
func (x *exchange) interim(resp *http.Response) {
	if resp.StatusCode == http.StatusContinue || !x.r.ProtoAtLeast(1, 1) || x.r.ProtoMajor == 2 && x.untaken() {
		return
	}
	h := x.w.Header()
	before := h.Clone()
	copyHeader(h, resp.Header)
	x.beforeWrite()
	x.w.WriteHeader(resp.StatusCode)
	x.afterWrite()
	clear(h)
	for k, vv := range before {
		h[k] = vv
	}
}

// awaitContinue gives the replica the chance to refuse before the client has sent anything. Nil, nil: send the body.
func (x *exchange) awaitContinue(c *upstream.Conn) (*http.Response, error) {
	until := time.Now().Add(continueWithin)
	for range maxInterim {
		some, err := c.PeekResponse(time.Until(until))
		if err != nil || !some {
			return nil, err
		}
		resp, err := c.ReadResponse(x.r.Method)
		if err != nil {
			return nil, err
		}
		switch {
		case resp.StatusCode == http.StatusContinue:
			return nil, nil
		case resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols:
			return resp, nil
		}
		x.interim(resp)
	}
	return nil, fmt.Errorf("more than %d interim answers", maxInterim)
}
