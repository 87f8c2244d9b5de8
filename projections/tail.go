package projections

import (
	"context"
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
	from    eventstore.Cursor // entries holds all events after this one …
	upTo    eventstore.Cursor // … up to this one
	entries []entry
	grown   chan struct{} // closed when upTo moves
	lost    bool          // entries holds events that the log has lost: nobody reads them
}

// keepEntries bounds the memory of the tail.
const keepEntries = 4096

func newTail(log *eventstore.Log) *tail { return &tail{log: log, grown: make(chan struct{})} }

// follow keeps the tail at the log's head until ctx ends or the log fails for good.
func (t *tail) follow(ctx context.Context) error {
	end, err := t.log.End(ctx)
	if err != nil {
		return err
	}
	t.reset(end)
	for r, err := range t.log.Subscribe(ctx, end, eventstore.Filter{}) {
		if err != nil {
			return err
		}
		t.grow(t.decode(r))
	}
	return ctx.Err()
}

// reset starts an empty tail at a cursor.
func (t *tail) reset(at eventstore.Cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from, t.upTo, t.entries, t.lost = at, at, nil, false
	t.tell()
}

// distrust keeps readers off the tail until follow starts it anew.
func (t *tail) distrust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = true
}

// verify distrusts the tail where the log has lost its last event, before follow hears of it.
func (t *tail) verify(ctx context.Context) error {
	t.mu.Lock()
	upTo := t.upTo
	t.mu.Unlock()
	agreed, err := t.log.Agreed(ctx, upTo)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if agreed != upTo && t.upTo == upTo {
		t.lost = true
	}
	return nil
}

func (t *tail) grow(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.upTo = append(t.entries, e), e.Cursor()
	if len(t.entries) >= 2*keepEntries {
		cut := len(t.entries) - keepEntries
		t.from = t.entries[cut-1].Cursor()
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
	return t.upTo.Position, t.grown
}

// after returns up to limit events after a cursor, from memory or from the log. It answers eventstore.ErrRewritten
// where the cursor's event is lost.
func (t *tail) after(ctx context.Context, at eventstore.Cursor, limit int) ([]entry, error) {
	if entries, held := t.held(at, limit); held {
		return entries, nil
	}
	entries, _, err := t.read(ctx, at, eventstore.Filter{}, limit)
	return entries, err
}

// read returns up to limit matching events of the log after a cursor, and how far it holds no other ones.
func (t *tail) read(
	ctx context.Context, at eventstore.Cursor, filter eventstore.Filter, limit int,
) ([]entry, eventstore.Cursor, error) {
	recorded, upTo, err := t.log.ReadAll(ctx, at, filter, limit)
	if err != nil {
		return nil, at, err
	}
	out := make([]entry, len(recorded))
	for i, r := range recorded {
		out[i] = t.decode(r)
	}
	return out, upTo, nil
}

// held returns what memory has after a cursor, if it knows the cursor's event.
func (t *tail) held(at eventstore.Cursor, limit int) ([]entry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost || t.upTo.Position == 0 {
		return nil, false
	}
	i := sort.Search(len(t.entries), func(i int) bool { return t.entries[i].Position > at.Position })
	if at != t.from && (i == 0 || t.entries[i-1].Cursor() != at) {
		return nil, false
	}
	return t.entries[i:min(i+limit, len(t.entries)):len(t.entries)], true
}

func (t *tail) decode(r eventstore.Recorded) entry {
	fact, err := t.log.Codec.Decode(r.Type, r.Version, r.Data)
	return entry{Recorded: r, fact: fact, err: err}
}
