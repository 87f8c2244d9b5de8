package logs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// Followers take in the output of replicas, each from where it was left.
type Followers struct {
	to   *Log
	life *life.Life

	mu sync.Mutex
	of map[string]*follow
}

// NewFollowers makes followers that write to a log.
func NewFollowers(to *Log, l *life.Life) *Followers { return &Followers{to: to, life: l} }

type follow struct {
	startedAt time.Time     // of the run that is followed
	done      chan struct{} // closed when the runtime has no more to say
}

// finishWait bounds how long a replica's removal waits for its last lines.
const finishWait = 3 * time.Second

// Finish waits until the output of a stopped replica is taken in.
func (f *Followers) Finish(ctx context.Context, name string) {
	f.mu.Lock()
	current := f.of[name]
	delete(f.of, name)
	f.mu.Unlock()
	if current == nil {
		return
	}
	select {
	case <-current.done:
	case <-time.After(finishWait):
	case <-ctx.Done():
	}
}

// Keep forgets replicas that are gone and have no more to say.
func (f *Followers) Keep(there map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, current := range f.of {
		select {
		case <-current.done:
			if !there[name] {
				delete(f.of, name)
			}
		default:
		}
	}
}

// begin says whether a replica needs a new follower: it has none, or it runs anew since that ended.
func (f *Followers) begin(i runtime.Instance) (*follow, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[string]*follow{}
	}
	if current := f.of[i.Name]; current != nil {
		select {
		case <-current.done:
		default:
			return nil, false
		}
		if current.startedAt.Equal(i.StartedAt) && i.State == runtime.Exited {
			return nil, false
		}
	}
	current := &follow{startedAt: i.StartedAt, done: make(chan struct{})}
	f.of[i.Name] = current
	return current, true
}

// Follow takes the output of replicas in, as long as they have some and the agent lives.
func (f *Followers) Follow(list []replica.Replica) {
	for _, r := range list {
		if current, ok := f.begin(r.Instance); ok {
			f.life.Go(func() {
				defer close(current.done)
				f.to.follow(f.life.Context(), r)
			})
		}
	}
}

// follow takes a replica's output in from where it was left. The runtime may answer lines that are known already: the
// cursor tells how many.
func (l *Log) follow(ctx context.Context, r replica.Replica) {
	cursor := l.spool.Cursor(r.Name)
	since := cursor.At
	if !since.IsZero() {
		since = since.Add(-1) // whether since itself is in or out is the runtime's choice
	}
	seen, replaying := 0, true
	err := r.Runtime.Logs(ctx, r.Name, since, func(line runtime.Line) {
		if replaying && line.Lost == 0 {
			switch {
			case line.At.Before(cursor.At):
				return
			case line.At.Equal(cursor.At) && seen < cursor.Seen:
				seen++
				return
			case line.At.After(cursor.At):
				replaying = false
			}
		}
		if out := lineOf(r, line); out.Missing > 0 || l.limits.admit(out) {
			l.write(out)
		}
	})
	if err != nil && ctx.Err() == nil {
		l.log.Warn("agent: cannot follow a replica's output; trying again", "replica", r.Name, "error", err)
	}
}

func lineOf(r replica.Replica, l runtime.Line) spool.Line {
	stream := telemetry.Stdout
	if l.Stderr {
		stream = telemetry.Stderr
	}
	if l.Lost > 0 {
		at := l.At
		if at.IsZero() {
			at = time.Now()
		}
		return spool.Line{Missing: l.Lost, Record: recordOf(r.Labels, at, telemetry.Gap, gapText(l.Lost))}
	}
	return spool.Line{From: r.Name, Record: recordOf(r.Labels, l.At, stream, l.Text)}
}

func gapText(lost int) string {
	return fmt.Sprintf("about %d lines are missing: the runtime had dropped them before they could be read", lost)
}
