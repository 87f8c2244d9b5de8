package agent

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// follows are the replicas whose output is being taken in.
type follows struct {
	mu sync.Mutex
	of map[string]*follow
}

type follow struct {
	startedAt time.Time     // of the run that is followed
	done      chan struct{} // closed when the runtime has no more to say
}

// finishWait bounds how long a replica's removal waits for its last lines.
const finishWait = 3 * time.Second

// finish waits until the output of a stopped replica is taken in.
func (f *follows) finish(ctx context.Context, name string) {
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

// keep forgets replicas that are gone and have no more to say.
func (f *follows) keep(there map[string]bool) {
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
func (f *follows) begin(i runtime.Instance) (*follow, bool) {
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

// followAll takes the output of every replica in.
func (a *Agent) followAll(list []replica) {
	for _, r := range list {
		if a.stops.is(r.Name) {
			continue // its follower is finishing
		}
		if f, ok := a.follows.begin(r.Instance); ok {
			a.spawn(func() {
				defer close(f.done)
				a.follow(a.life, r)
			})
		}
	}
}

// follow takes a replica's output in from where it was left. The runtime may answer lines that are known already: the
// cursor tells how many.
func (a *Agent) follow(ctx context.Context, r replica) {
	cursor := a.spool.Cursor(r.Name)
	since := cursor.At
	if !since.IsZero() {
		since = since.Add(-1) // whether since itself is in or out is the runtime's choice
	}
	seen, replaying := 0, true
	err := r.rt.Logs(ctx, r.Name, since, func(l runtime.Line) {
		if replaying && l.Lost == 0 {
			switch {
			case l.At.Before(cursor.At):
				return
			case l.At.Equal(cursor.At) && seen < cursor.Seen:
				seen++
				return
			case l.At.After(cursor.At):
				replaying = false
			}
		}
		a.write(lineOf(r, l))
	})
	if err != nil && ctx.Err() == nil {
		a.log.Warn("agent: cannot follow a replica's output; trying again", "replica", r.Name, "error", err)
	}
}

func lineOf(r replica, l runtime.Line) spool.Line {
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
