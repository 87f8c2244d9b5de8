package projections

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
)

// ModelHealth is how a read model is.
type ModelHealth struct {
	Position eventstore.Position `json:"position"`
	Lag      uint64              `json:"lag"` // events of the log that it does not hold yet
	// Error says why the model stands still, for an operator; "" where it is well or being built anew.
	Error string `json:"error,omitempty"`
	// Rebuilding is true while the model is built anew for a new version of the program. Reads show its old rows.
	Rebuilding bool `json:"rebuilding,omitempty"`
}

// Health returns how each read model is, as this replica knows.
func (r *Runner) Health() map[string]ModelHealth {
	head, _ := r.tail.head()
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]ModelHealth{}
	for _, m := range r.models {
		h := ModelHealth{Position: r.progress[m.Name]}
		if head > h.Position {
			h.Lag = uint64(head - h.Position)
		}
		if err := r.unwell[m.Name]; errors.Is(err, errRebuilding) {
			h.Rebuilding = true
		} else if err != nil {
			h.Error = err.Error()
		}
		out[m.Name] = h
	}
	return out
}

// Sound returns why one of these read models stands still, or nil. What is read from one that does may be long past.
func (r *Runner) Sound(models ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range models {
		if err := r.unwell[name]; err != nil {
			return fmt.Errorf("the read model %s stands still: %w", name, err)
		}
	}
	return nil
}

// WaitFor returns when every read model that is well holds the position, or ctx ends. It also serves a Runner that is
// not running while another replica's is.
func (r *Runner) WaitFor(ctx context.Context, position eventstore.Position) error {
	for {
		moved := r.changed()
		if r.settled() >= position {
			return nil
		}
		if err := r.refresh(ctx); err == nil && r.settled() >= position {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait(ctx, moved, 25*time.Millisecond)
	}
}

// settled is the position that every model which is well holds.
func (r *Runner) settled() eventstore.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	var least eventstore.Position
	first := true
	for _, m := range r.models {
		if r.unwell[m.Name] != nil {
			continue
		}
		if at := r.progress[m.Name]; first || at < least {
			least, first = at, false
		}
	}
	return least
}

// refresh learns from the checkpoints how far other replicas have come, and which models were built anew.
func (r *Runner) refresh(ctx context.Context) error {
	rows, err := r.pool.Query(ctx, `SELECT name, pos, generation FROM projection WHERE live`)
	if err != nil {
		return err
	}
	defer rows.Close()
	seen, live := map[string]eventstore.Position{}, map[string]int{}
	for rows.Next() {
		var name string
		var pos int64
		var generation int
		if err := rows.Scan(&name, &pos, &generation); err != nil {
			return err
		}
		seen[name], live[name] = eventstore.Position(pos), generation
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, generation := range live {
		if before, known := r.live[name]; known && before < generation {
			r.send(Change{Model: name})
		}
		r.live[name] = max(generation, r.live[name])
	}
	if !maps.Equal(seen, r.progress) {
		for name, pos := range seen {
			r.progress[name] = max(pos, r.progress[name])
		}
		r.broadcast()
	}
	return nil
}

// changed is closed when the progress or health of any model changes.
func (r *Runner) changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.moved
}

func (r *Runner) setProgress(m *Model, at eventstore.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var poison *poisoned
	if errors.As(r.unwell[m.Name], &poison) && at < poison.event.Position {
		return
	}
	if r.progress[m.Name] != at || r.unwell[m.Name] != nil {
		r.progress[m.Name] = at
		delete(r.unwell, m.Name)
		r.broadcast()
	}
}

// setUnwell takes a model out until it moves again. It says so once.
func (r *Runner) setUnwell(m *Model, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.unwell[m.Name]; before == nil || before.Error() != err.Error() {
		r.logger.Error("projections: a read model stands still; the others go on", "model", m.Name, "error", err)
		r.unwell[m.Name] = err
		r.broadcast()
	}
}

// setRebuilding takes a model out while it is built anew, so that nobody waits for it.
func (r *Runner) setRebuilding(m *Model) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unwell[m.Name] = errRebuilding
	r.broadcast()
}

// poisonedAt reports whether and at which event a model has stopped.
func (r *Runner) poisonedAt(m *Model) (eventstore.Position, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var poison *poisoned
	if !errors.As(r.unwell[m.Name], &poison) {
		return 0, false
	}
	return poison.event.Position, true
}

// broadcast wakes whoever waits for a change of state; the caller holds the lock.
func (r *Runner) broadcast() {
	close(r.moved)
	r.moved = make(chan struct{})
}
