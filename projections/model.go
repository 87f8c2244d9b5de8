package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// Model is one read model: which tables it fills from which events.
type Model struct {
	// Name is part of a Postgres schema name: lower-case letters and underscores.
	Name string
	// Version of tables and handlers together. Raise it with every change of what they would write: at the next start
	// the model is built anew beside the old one.
	Version  int
	Tables   []schema
	Handlers []Handler

	byType     map[string]Handler
	categories map[string]bool // of the streams that hold the handled types: the part before the dash
}

// Event is a fact with where it stands in the log.
type Event[F domain.Event] struct {
	eventstore.Recorded
	Fact F
}

// Subject is the id of the aggregate whose stream holds the event.
func (e Event[F]) Subject() string { return subjectOf(e.Stream) }

func subjectOf(stream string) string {
	_, id, _ := strings.Cut(stream, "-")
	return id
}

// Handler folds one type of event into a model's tables. It has no effect but on its batch.
type Handler struct {
	eventType string
	apply     func(context.Context, *Batch, eventstore.Recorded, domain.Event) error
}

// on makes the handler of one type of event.
func on[F domain.Event](apply func(context.Context, *Batch, Event[F]) error) Handler {
	var zero F
	return Handler{eventType: zero.EventType(), apply: func(ctx context.Context, b *Batch, r eventstore.Recorded, fact domain.Event) error {
		return apply(ctx, b, Event[F]{r, fact.(F)})
	}}
}

// Models are all read models of the platform.
func Models() []Model {
	return []Model{
		serverModel(), projectModel(), serviceModel(), releaseModel(), deploymentModel(), variableModel(),
		activityModel(), tokenModel(), approvalModel(), memberModel(), webhookModel(),
	}
}

// index prepares a model for lookups by event type. It panics on a type handled twice: that is a mistake in the program.
func (m *Model) index() {
	m.byType, m.categories = map[string]Handler{}, map[string]bool{}
	for _, h := range m.Handlers {
		if _, twice := m.byType[h.eventType]; twice {
			panic("projections: model " + m.Name + " handles " + h.eventType + " twice")
		}
		m.byType[h.eventType] = h
		category, _, _ := strings.Cut(h.eventType, ".")
		m.categories[category] = true
	}
}

// wants reports whether any of the events concerns the model.
func (m *Model) wants(entries []entry) bool { return slices.ContainsFunc(entries, m.concerns) }

// concerns reports whether the model has to apply an event or to stop at it. A type that this program does not know
// concerns every model that reads streams of its category: a newer program knows what it means for them.
func (m *Model) concerns(e entry) bool {
	if _, handled := m.byType[e.Type]; handled {
		return true
	}
	var unknown *eventstore.ErrUnknown
	category, _, _ := strings.Cut(e.Stream, "-")
	return m.categories[category] && errors.As(e.err, &unknown)
}

// filter leaves out what this program knows and the model does not handle.
func (m *Model) filter(c *eventstore.Codec) eventstore.Filter {
	without := c.Versions()
	for eventType := range m.byType {
		delete(without, eventType)
	}
	return eventstore.Filter{Without: without}
}

// applyAll folds events.
func (m *Model) applyAll(ctx context.Context, b *Batch, entries []entry) error {
	for _, e := range entries {
		if err := m.apply(ctx, b, e); err != nil {
			return poison(e, err)
		}
	}
	return nil
}

// apply folds one event. A panic of a handler is an error: a poisoned event must stop its model only.
func (m *Model) apply(ctx context.Context, b *Batch, e entry) (err error) {
	if !m.concerns(e) {
		return nil
	}
	if e.err != nil {
		return e.err
	}
	b.event = e.Recorded
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return m.byType[e.Type].apply(ctx, b, e.Recorded, e.fact)
}
