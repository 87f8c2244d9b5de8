package syntra

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// headerPosition carries log positions: a write answers its own, a read that carries it waits until it shows that write.
const headerPosition = "Syntra-Position"

// positions remembers the newest write and asks every read to show it.
type positions struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen uint64
}

func (p *positions) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet {
		if at := p.last(); at > 0 {
			req = req.Clone(req.Context())
			req.Header.Set(headerPosition, strconv.FormatUint(at, 10))
		}
	}
	res, err := p.next.RoundTrip(req)
	if err == nil && req.Method != http.MethodGet {
		p.note(res.Header.Get(headerPosition))
	}
	return res, err
}

func (p *positions) last() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *positions) note(header string) {
	at, err := strconv.ParseUint(header, 10, 64)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = max(p.seen, at)
}

// retries gives every write an Idempotency-Key, which makes it safe to ask again when the connection breaks or the
// platform asks to wait.
type retries struct{ next http.RoundTripper }

// maxTries and maxWait bound how long one call goes on.
const (
	maxTries = 4
	maxWait  = 10 * time.Second
)

func (r *retries) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet && req.Header.Get("Idempotency-Key") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("Idempotency-Key", rand.Text())
	}
	wait := 200 * time.Millisecond
	for try := 1; ; try++ {
		res, err := r.next.RoundTrip(req)
		if !again(req, res, err) || try == maxTries {
			return res, err
		}
		if res != nil {
			if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
				wait = time.Duration(seconds) * time.Second
			}
			_ = res.Body.Close()
		}
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(min(wait, maxWait)):
		}
		wait *= 2
		if req.GetBody != nil {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			req = req.Clone(req.Context())
			req.Body = body
		}
	}
}

// again reports whether asking once more can help: not once a body that cannot be rewound was sent.
func again(req *http.Request, res *http.Response, err error) bool {
	if req.Body != nil && req.GetBody == nil {
		return false
	}
	if err != nil {
		return req.Context().Err() == nil
	}
	return res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable
}

// Rewindable lets a call that sends size bytes of r be tried again from their start.
func Rewindable(r io.ReaderAt, size int64) RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.ContentLength = size
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, 0, size)), nil }
		return nil
	}
}
