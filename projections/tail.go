package projections

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// entry is an event as the log has it, decoded once for all models. err says why it could not be read; fact is nil then.
type entry struct {
	eventstore.Recorded
	fact domain.Event
	err  error
}

// tail holds the end of the log in memory: models that are up to date read from here.
type tail struct {
	log *eventstore.Log

	mu      sync.Mutex
	from    eventstore.Position // entries holds all events after this one …
	upTo    eventstore.Position // … up to this one
	entries []entry
	grown   chan struct{} // closed when upTo moves
}

// keepEntries bounds the memory of the tail.
const keepEntries = 4096

func newTail(log *eventstore.Log) *tail { return &tail{log: log, grown: make(chan struct{})} }

// follow keeps the tail at the log's head until ctx ends or the log fails for good, which ErrRewritten is not: then it
// starts over from where the log ends now, and says so.
func (t *tail) follow(ctx context.Context, rewritten func(error)) error {
	for {
		err := t.followOnce(ctx)
		var lost *eventstore.ErrRewritten
		if !errors.As(err, &lost) {
			return err
		}
		rewritten(lost)
	}
}

func (t *tail) followOnce(ctx context.Context) error {
	head, err := t.log.Head(ctx)
	if err != nil {
		return err
	}
	t.reset(head)
	for r, err := range t.log.Subscribe(ctx, head, eventstore.Filter{}) {
		if err != nil {
			return err
		}
		t.grow(t.decode(r))
	}
	return ctx.Err()
}

// reset starts an empty tail at a position.
func (t *tail) reset(at eventstore.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from, t.upTo, t.entries = at, at, nil
	t.tell()
}

func (t *tail) grow(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.upTo = append(t.entries, e), e.Position
	if len(t.entries) >= 2*keepEntries {
		cut := len(t.entries) - keepEntries
		t.from = t.entries[cut-1].Position
		t.entries = append([]entry(nil), t.entries[cut:]...)
	}
	t.tell()
}

// tell wakes whoever waits for more; the caller holds the lock.
func (t *tail) tell() {
	close(t.grown)
	t.grown = make(chan struct{})
}

// head is how far the tail knows the log, and a channel that is closed when it knows more.
func (t *tail) head() (eventstore.Position, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.upTo, t.grown
}

// after answers up to limit events after a position, from memory or from the log.
func (t *tail) after(ctx context.Context, pos eventstore.Position, limit int) ([]entry, error) {
	t.mu.Lock()
	if pos >= t.from && t.upTo > 0 {
		defer t.mu.Unlock()
		i := sort.Search(len(t.entries), func(i int) bool { return t.entries[i].Position > pos })
		return t.entries[i:min(i+limit, len(t.entries)):len(t.entries)], nil
	}
	t.mu.Unlock()
	recorded, err := t.log.ReadAll(ctx, pos, limit)
	if err != nil {
		return nil, err
	}
	out := make([]entry, len(recorded))
	for i, r := range recorded {
		out[i] = t.decode(r)
	}
	return out, nil
}

// heldByLog reports whether the log itself holds these entries after a position.
func (t *tail) heldByLog(ctx context.Context, pos eventstore.Position, entries []entry) (bool, error) {
	recorded, err := t.log.ReadAll(ctx, pos, len(entries))
	if err != nil {
		return false, err
	}
	return slices.EqualFunc(recorded, entries, func(r eventstore.Recorded, e entry) bool { return r.ID == e.ID }), nil
}

func (t *tail) decode(r eventstore.Recorded) entry {
	fact, err := t.log.Codec.Decode(r.Type, r.Version, r.Data)
	return entry{Recorded: r, fact: fact, err: err}
}
