package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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
		resp, err := c.ReadResponse(x.r)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
		if resp.StatusCode != http.StatusContinue && x.r.ProtoAtLeast(1, 1) {
			x.interim(resp)
		}
	}
	return nil, fmt.Errorf("more than %d interim answers", maxInterim)
}

func (x *exchange) interim(resp *http.Response) {
	h := x.w.Header()
	copyHeader(h, resp.Header)
	x.w.WriteHeader(resp.StatusCode)
	for k := range resp.Header {
		delete(h, k)
	}
}

// awaitContinue gives the replica the chance to refuse before the client has sent anything. Nil, nil: send the body.
func (x *exchange) awaitContinue(c *upstream.Conn) (*http.Response, error) {
	some, err := c.PeekResponse(continueWithin)
	if err != nil {
		return nil, err
	}
	if !some {
		return nil, nil
	}
	resp, err := c.ReadResponse(x.r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusContinue {
		return nil, nil
	}
	return resp, nil
}

// answer carries the response to the client and says whether the connection may serve again.
func (x *exchange) answer(c *upstream.Conn, resp *http.Response, up *upload) (keep bool) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		x.switchProtocols(c, resp)
		return false
	}
	x.measured(resp.StatusCode)
	h := x.w.Header()
	copyHeader(h, resp.Header)
	for k := range resp.Trailer {
		h["Trailer"] = append(h["Trailer"], k)
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // keeps net/http from guessing one
	}
	if _, ok := h["X-Request-Id"]; !ok {
		h["X-Request-Id"] = []string{x.requestID}
	}
	x.w.WriteHeader(resp.StatusCode)
	err := x.copyBody(c, resp)
	if up != nil && !up.finished() {
		defer up.abandon(c)
		if err == nil {
			return false
		}
	}
	if err != nil {
		if !errors.Is(err, errClient) && x.r.Context().Err() == nil {
			x.flight.Release().Measure.Broken()
			x.log.Debug("answer broke off", "request_id", x.requestID, "upstream", x.flight.Upstream().Addr(), "error", err)
		}
		if up != nil {
			up.abandon(c)
		}
		panic(http.ErrAbortHandler) // the client must see that this is not the whole answer
	}
	for k, vv := range resp.Trailer {
		h[k] = vv
	}
	return !resp.Close && c.R.Buffered() == 0 && !x.isOff()
}

func (x *exchange) isOff() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.off
}

// errClient says that writing to the client failed.
var errClient = errors.New("the client does not read")

// copyBody streams: what has no known length may be a stream of events and leaves at once.
func (x *exchange) copyBody(c *upstream.Conn, resp *http.Response) error {
	if resp.Body == http.NoBody || x.r.Method == http.MethodHead {
		return nil
	}
	flush := resp.ContentLength < 0 || strings.HasPrefix(first(resp.Header, "Content-Type"), "text/event-stream")
	if int64(c.R.Buffered()) < resp.ContentLength || resp.ContentLength < 0 {
		if err := c.Unhurried(); err != nil {
			return err
		}
	}
	ctl := http.NewResponseController(x.w)
	if flush && c.R.Buffered() == 0 {
		_ = ctl.Flush()
	}
	buf := buffer()
	defer buf.release()
	for {
		n, err := resp.Body.Read(buf.b)
		if n > 0 {
			if _, werr := x.w.Write(buf.b[:n]); werr != nil {
				return fmt.Errorf("%w: %w", errClient, werr)
			}
			if flush && err == nil {
				if ferr := ctl.Flush(); ferr != nil {
					return fmt.Errorf("%w: %w", errClient, ferr)
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// copyHeader passes on what is end-to-end. src is fresh, so its slices can be shared.
func copyHeader(dst, src http.Header) {
	named := src["Connection"]
	for k, vv := range src {
		if hop[k] || (named != nil && connectionNames(named, k)) {
			continue
		}
		dst[k] = vv
	}
}

// hop are the hop-by-hop headers of an answer.
var hop = map[string]bool{
	"Connection": true, "Proxy-Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Te": true,
	"Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}
