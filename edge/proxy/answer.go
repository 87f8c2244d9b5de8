package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/edge/peer"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// answer carries the response to the client and says whether the connection may serve again.
func (x *exchange) answer(c *upstream.Conn, resp *http.Response) (keep bool) {
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
	x.announceEnd()
	x.w.WriteHeader(resp.StatusCode)
	err := x.copyBody(c, resp)
	if x.upload != nil {
		if err == nil {
			_ = x.flush() // the client need not wait for what follows
		}
		x.whole = x.upload.settle(c)
	}
	if err != nil {
		if !errors.Is(err, errClient) && x.r.Context().Err() == nil {
			x.flight.Measure().Broken()
			x.log.Debug("answer broke off", "request_id", x.requestID, "upstream", x.flight.Upstream().Addr(), "error", err)
		}
		panic(http.ErrAbortHandler) // the client must see that this is not the whole answer
	}
	for k, vv := range resp.Trailer {
		h[k] = vv
	}
	return x.whole && !resp.Close && c.R.Buffered() == 0 && !x.isOff()
}

// announceEnd tells an HTTP/1 client whose body is not read to its end that the connection ends with this answer. What
// still comes of the body must never be read as the next request.
func (x *exchange) announceEnd() {
	if x.r.ProtoMajor == 1 && x.untaken() {
		x.w.Header()["Connection"] = []string{"close"}
	}
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
	if flush && c.R.Buffered() == 0 {
		_ = x.flush()
	}
	if flush && x.upload == nil {
		c.Shed()
	}
	var buf *pooled
	defer func() {
		if buf != nil {
			buf.release()
		}
	}()
	for {
		if flush { // a stream may rest: until something comes, its reader's few kilobytes do
			if buf != nil {
				buf.release()
				buf = nil
			}
			_, _ = c.R.Peek(1) // Read tells
		}
		if buf == nil {
			buf = buffer()
		}
		n, err := resp.Body.Read(buf.b)
		if n > 0 {
			x.beforeWrite()
			_, werr := x.w.Write(buf.b[:n])
			x.afterWrite()
			if flush && err == nil && werr == nil {
				werr = x.flush()
			}
			if werr != nil {
				return fmt.Errorf("%w: %w", errClient, werr)
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

func (x *exchange) flush() error {
	x.beforeWrite()
	defer x.afterWrite()
	return http.NewResponseController(x.w).Flush()
}

// copyHeader passes on what is end-to-end. src is fresh, so its slices can be shared.
func copyHeader(dst, src http.Header) {
	named := src["Connection"]
	for k, vv := range src {
		if hop[k] || peer.Headers[k] || (named != nil && connectionNames(named, k)) {
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
