package upstream

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/agent/probe"
)

const (
	// failuresToEject in a row eject a replica, passesToReturn bring it back.
	failuresToEject, passesToReturn = 3, 2
	// missesToEject requests in a row that were taken and not answered eject a replica without any probe.
	missesToEject = 5
	// ejectedFor is how long a replica that nobody probes stays ejected.
	ejectedFor = 10 * time.Second
)

// Check is how a replica is asked whether it is well. The zero value asks nothing.
type Check struct {
	Question probe.Question
	Every    time.Duration
}

// ailment is why an upstream is ejected.
type ailment struct {
	why   string
	since time.Time
}

// Ailing reports whether the upstream was ejected or refuses connections, why, and since when.
func (u *Upstream) Ailing() (why string, since time.Time, ailing bool) {
	if a := u.sick.Load(); a != nil {
		return a.why, a.since, true
	}
	if a := u.refuses.Load(); a != nil && u.down.Load() {
		return a.why, a.since, true
	}
	return "", time.Time{}, false
}

// Check has the upstream asked from now on as c says, for ever.
func (u *Upstream) Check(c Check) {
	old := u.check.Swap(&c)
	if (old == nil || old.Every <= 0) && c.Every > 0 {
		go u.probeForEver()
	}
}

// probeForEver asks again and again, until the upstream is closed or is not to be asked any more.
func (u *Upstream) probeForEver() {
	client := probe.Client()
	failures, passes := 0, 0
	for {
		c := u.check.Load()
		if c.Every <= 0 {
			return
		}
		t := time.NewTimer(c.Every - c.Every/8 + rand.N(c.Every/4+1))
		select {
		case <-u.ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		o := u.ask(client, *c)
		switch {
		case u.ctx.Err() != nil:
			return
		case o.OK:
			failures, passes = 0, passes+1
		default:
			failures, passes = failures+1, 0
		}
		if failures >= failuresToEject {
			u.eject(fmt.Sprintf("GET %s: %s, %d times in a row", o.Path, o.Note, failures))
		} else if passes >= passesToReturn {
			u.recover()
		}
	}
}

func (u *Upstream) ask(client *http.Client, c Check) probe.Outcome {
	return probe.Ask(u.ctx, client, u.addr, c.Question)
}

// Missed says that a request which the replica took was not answered.
func (u *Upstream) Missed(cause error) {
	n := u.misses.Add(1)
	if n < missesToEject || u.ctx.Err() != nil {
		return
	}
	if u.eject(fmt.Sprintf("%d requests in a row were not answered, the last: %v", n, cause)) {
		if c := u.check.Load(); c == nil || c.Every <= 0 {
			time.AfterFunc(ejectedFor, u.recover) // nobody asks: the next requests will tell
		}
	}
}

// Answered says that the replica answered a request.
func (u *Upstream) Answered() {
	if u.misses.Load() != 0 {
		u.misses.Store(0)
	}
}

// eject takes the replica out of the choice, as long as there are others, and reports whether it was in.
func (u *Upstream) eject(why string) bool {
	if !u.sick.CompareAndSwap(nil, &ailment{why, time.Now()}) {
		return false
	}
	u.log.Warn("replica ejected: its requests go to others of its release until it is well", "upstream", u.addr, "why", why)
	return true
}

func (u *Upstream) recover() {
	u.misses.Store(0)
	if a := u.sick.Swap(nil); a != nil {
		u.log.Info("replica is well again", "upstream", u.addr, "ejected_for", time.Since(a.since).Round(time.Millisecond).String())
	}
}
