package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits gives each token a bucket of requests.
type limits struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

// idleBucket is when a bucket is surely full again, and can be forgotten.
const idleBucket = 10 * time.Minute

func newLimits(perSecond float64, burst int, now func() time.Time) *limits {
	return &limits{perSecond: rate.Limit(perSecond), burst: burst, now: now, buckets: map[string]*bucket{}}
}

// take returns 0, or how long to wait.
func (l *limits) take(token string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) > idleBucket {
		for k, b := range l.buckets {
			if now.Sub(b.used) > idleBucket {
				delete(l.buckets, k)
			}
		}
		l.swept = now
	}
	b := l.buckets[token]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(l.perSecond, l.burst)}
		l.buckets[token] = b
	}
	b.used = now
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func tooMany(ctx context.Context, wait time.Duration, detail string) error {
	p := newProblem(ctx, http.StatusTooManyRequests, "", detail)
	p.retryAfter = wait
	return p
}
