package docker

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"
)

const (
	// lookAge is how long a look counts without an event: a missed one is noticed by then.
	lookAge = 30 * time.Second
	// eventsBack is how far back the event stream begins: engines answer before they listen.
	eventsBack = 10 * time.Second
	// eventsAgain is how soon a stream that broke is opened anew.
	eventsAgain = time.Second
)

// looks keep what was seen of containers for as long as the engine's events say that nothing has happened to them: a look
// costs the engine a millisecond or two, and with many containers a look at each of them every second is what it does.
type looks struct {
	mu    sync.Mutex
	live  bool // events arrive
	of    map[string]look
	count map[string]int // events so far of each container
	epoch int            // of the stream
}

type look struct {
	container container.InspectResponse
	at        time.Time
}

// since tells whether something has happened to a container from its being taken on.
type since struct{ epoch, count int }

// get returns what was seen of a container, if that still counts. state is the one in the engine's list.
func (l *looks) get(id, state string) (container.InspectResponse, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen, ok := l.of[id]
	if !ok || !l.live || time.Since(seen.at) > lookAge || string(seen.container.State.Status) != state {
		return container.InspectResponse{}, false
	}
	return seen.container, true
}

// begin is called before a look.
func (l *looks) begin(id string) since {
	l.mu.Lock()
	defer l.mu.Unlock()
	return since{l.epoch, l.count[id]}
}

// put keeps a look, unless something has happened to the container since it began.
func (l *looks) put(id string, from since, seen container.InspectResponse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live && from == (since{l.epoch, l.count[id]}) {
		l.of[id] = look{seen, time.Now()}
	}
}

// happened forgets what was seen of a container.
func (l *looks) happened(id string, gone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, id)
	l.count[id]++
	if gone {
		delete(l.count, id)
	}
}

// begun is called when the stream of events begins or ends.
func (l *looks) begun(live bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live, l.of, l.count = live, map[string]look{}, map[string]int{}
	l.epoch++
}

// inspect looks at a container, at the engine only where something may have happened to it.
func (r *Runtime) inspect(ctx context.Context, api *client.Client, id, state string) (container.InspectResponse, error) {
	if seen, ok := r.looks.get(id, state); ok {
		return seen, nil
	}
	from := r.looks.begin(id)
	seen, err := api.ContainerInspect(ctx, id)
	if err == nil {
		r.looks.put(id, from, seen)
	}
	return seen, err
}

// listen follows the engine's events until ctx ends.
func (r *Runtime) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if api, err := r.engine(); err == nil {
			r.listenOnce(ctx, api)
		}
		select {
		case <-ctx.Done():
		case <-time.After(eventsAgain):
		}
	}
}

func (r *Runtime) listenOnce(ctx context.Context, api *client.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	which := r.ours()
	which.Add("type", string(events.ContainerEventType))
	from := strconv.FormatInt(time.Now().Add(-eventsBack).Unix(), 10)
	messages, ended := api.Events(ctx, events.ListOptions{Filters: which, Since: from})
	r.looks.begun(true)
	defer r.looks.begun(false)
	for {
		select {
		case m := <-messages:
			r.looks.happened(m.Actor.ID, m.Action == events.ActionDestroy)
		case <-ended: // the next call to the engine tells why
			return
		}
	}
}
