package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/projections"
)

// Change is what /stream pushes when a row of a read model has changed.
type Change struct {
	Type     string `json:"type"` // "change"
	Position string `json:"position"`
	Model    string `json:"model"`
	ID       string `json:"id"`
	Event    string `json:"event"`
}

func change(c projections.Change) Change {
	return Change{Type: "change", Position: c.Position.String(), Model: c.Model, ID: c.ID, Event: c.EventType}
}

// ServerLive is what /stream pushes with each heartbeat.
type ServerLive struct {
	Type string `json:"type"` // "server"
	ID   string `json:"id"`
	Live *Live  `json:"live"` // null once the server is offline
}

// inbox is how many messages may wait for one client before it counts as too slow.
const inbox = 512

// listener is one connected client.
type listener struct {
	organization string
	messages     chan delivery
	slow         chan struct{} // closed when a message had no room
	once         sync.Once
}

type delivery struct {
	position eventstore.Position // 0 for what is not in the log
	message  any
}

// feed passes the changes of the read models, and the servers' heartbeats, to all clients of this replica. Both come out
// of the database, so it does not matter which replica applied an event or has an agent's socket.
type feed struct {
	runner    Runner
	presences func(context.Context, string) ([]hub.Presence, error)
	logger    *slog.Logger

	mu        sync.Mutex
	listeners map[*listener]struct{}
}

func (f *feed) join(org string) *listener {
	l := &listener{organization: org, messages: make(chan delivery, inbox), slow: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners[l] = struct{}{}
	return l
}

func (f *feed) leave(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}

func (f *feed) tell(org string, d delivery) {
	f.send(d, func(l *listener) bool { return l.organization == org })
}

// tellAll tells the clients of every organization.
func (f *feed) tellAll(d delivery) { f.send(d, func(*listener) bool { return true }) }

func (f *feed) send(d delivery, to func(*listener) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		if !to(l) {
			continue
		}
		select {
		case l.messages <- d:
		default:
			l.once.Do(func() { close(l.slow) })
		}
	}
}

// run passes changes on until ctx ends.
func (f *feed) run(ctx context.Context) {
	go f.watchServers(ctx)
	for ctx.Err() == nil {
		changes, stop := f.runner.Subscribe()
		f.pass(ctx, changes)
		stop()
	}
}

func (f *feed) pass(ctx context.Context, changes <-chan projections.Change) {
	for {
		select {
		case <-ctx.Done():
			return
		case c, open := <-changes:
			if !open {
				f.dropAll() // something was missed: clients resume, and read what it was
				return
			}
			if c.ID == "" {
				f.tellAll(delivery{message: notice{Type: "reset"}})
				continue
			}
			f.tell(c.Organization, delivery{position: c.Position, message: change(c)})
		}
	}
}

func (f *feed) dropAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		l.once.Do(func() { close(l.slow) })
	}
}

// lookEvery is how often new heartbeats are looked for, for organizations that someone is looking at.
const lookEvery = 2 * time.Second

func (f *feed) watchServers(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	told := map[string]time.Time{} // by server: time of the heartbeat told last; zero: told offline
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, org := range f.watched() {
			rows, err := f.presences(ctx, org)
			if err != nil {
				f.logger.DebugContext(ctx, "no live figures of servers", "organization", org, "error", err)
				continue
			}
			for _, p := range rows {
				f.tellServer(org, p, told)
			}
		}
	}
}

func (f *feed) watched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[string]bool{}
	var orgs []string
	for l := range f.listeners {
		if !seen[l.organization] {
			seen[l.organization] = true
			orgs = append(orgs, l.organization)
		}
	}
	return orgs
}

func (f *feed) tellServer(org string, p hub.Presence, told map[string]time.Time) {
	if p.Heartbeat == nil {
		return
	}
	at, message := p.Heartbeat.At, ServerLive{Type: "server", ID: p.ServerID}
	if p.Online {
		message.Live = live(p.Heartbeat)
	} else {
		at = time.Time{}
	}
	if last, known := told[p.ServerID]; known && last.Equal(at) {
		return
	}
	told[p.ServerID] = at
	f.tell(org, delivery{message: message})
}
