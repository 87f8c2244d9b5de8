package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
)

// A connection that breaks is tried again so often, without any progress in between, and with pauses that double.
const (
	tries      = 5
	firstPause = 100 * time.Millisecond
)

// lost says that a request did not come to an answer, or that the registry failed at it: it may be done again.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// patiently does f until it has an answer.
func (s *Store) patiently(ctx context.Context, f func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := f()
		var again lost
		if err == nil || !errors.As(err, &again) || try == tries {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// resumed reads a blob over several connections, where one breaks.
type resumed struct {
	ctx   context.Context
	store *Store
	owner artifact.Owner
	d     v1.Descriptor
	body  io.ReadCloser // nil: to be opened
	at    int64
	// failed counts breaks since the last byte.
	failed int
}

// Read implements io.Reader.
func (r *resumed) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		if n > 0 {
			r.failed = 0
		}
		if err == nil || (errors.Is(err, io.EOF) && r.at >= r.d.Size) || r.ctx.Err() != nil {
			return n, err
		}
		_ = r.body.Close() // it is broken
		r.body = nil
		if n > 0 {
			return n, nil
		}
		if r.failed++; r.failed == tries {
			return 0, fmt.Errorf(
				"the connection broke %d times at byte %d of blob %s: %w",
				tries,
				r.at,
				r.d.Digest,
				err,
			)
		}
		if err := sleep(r.ctx, firstPause<<r.failed); err != nil {
			return 0, err
		}
	}
}

func (r *resumed) open() error {
	return r.store.patiently(r.ctx, func() error {
		var header http.Header
		if r.at > 0 {
			header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", r.at)}}
		}
		res, err := r.store.do(
			r.ctx,
			http.MethodGet,
			r.store.path(r.owner, "blobs", r.d.Digest.String()),
			nil,
			-1,
			header,
		)
		if err != nil {
			return err
		}
		if r.at > 0 && res.StatusCode != http.StatusPartialContent {
			_ = res.Body.Close() // it begins anew, which is of no use
			return fmt.Errorf("the registry does not go on with blob %s after a break", r.d.Digest)
		}
		r.body = res.Body
		return nil
	})
}

// Close implements io.Closer.
func (r *resumed) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
