package account

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Tries at a login: per address and e-mail, and per address over all e-mails. A success gives its try back.
const (
	triesPerAccount = 5
	triesPerAddress = 30
	tryEvery        = 12 * time.Second // one more per account
	addressEvery    = 2 * time.Second  // one more per address
	forgetAfter     = 15 * time.Minute
)

// Limiter slows down those who guess passwords.
type Limiter struct {
	now func() time.Time

	mu    sync.Mutex
	tries map[string]*try
	swept time.Time
}

type try struct {
	*rate.Limiter
	used time.Time
}

// NewLimiter counts by a clock.
func NewLimiter(now func() time.Time) *Limiter {
	return &Limiter{now: now, tries: map[string]*try{}}
}

// Take counts a try. It answers how long to wait before the next one, 0 if this one may be; refund gives it back.
func (l *Limiter) Take(address, email string) (wait time.Duration, refund func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.sweep(now)
	byAccount := l.bucket("account\x00"+address+"\x00"+strings.ToLower(strings.TrimSpace(email)), now, tryEvery, triesPerAccount)
	byAddress := l.bucket("address\x00"+address, now, addressEvery, triesPerAddress)
	a, b := byAccount.ReserveN(now, 1), byAddress.ReserveN(now, 1)
	if wait = max(a.DelayFrom(now), b.DelayFrom(now)); wait > 0 {
		a.CancelAt(now)
		b.CancelAt(now)
		return wait, func() {}
	}
	return 0, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		// A reservation that took effect cannot be cancelled any more; taking a negative number gives back.
		byAccount.AllowN(l.now(), -1)
		byAddress.AllowN(l.now(), -1)
	}
}

func (l *Limiter) bucket(key string, now time.Time, every time.Duration, burst int) *try {
	t := l.tries[key]
	if t == nil {
		t = &try{Limiter: rate.NewLimiter(rate.Every(every), burst)}
		l.tries[key] = t
	}
	t.used = now
	return t
}

func (l *Limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < forgetAfter {
		return
	}
	for k, t := range l.tries {
		if now.Sub(t.used) > forgetAfter {
			delete(l.tries, k)
		}
	}
	l.swept = now
}
