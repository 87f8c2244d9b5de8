package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// Activity is one line of the audit trail.
type Activity struct {
	Position string    `json:"position"`
	At       time.Time `json:"at"`
	Type     string    `json:"type"` // event type
	Actor    string    `json:"actor"`
	// ActorName is what a token is called: Token "ci".
	ActorName string `json:"actor_name,omitempty"`
	// OnBehalfOf is the user for whom the actor acted.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`
	Subject    string `json:"subject"` // id of the stream's aggregate
	Summary    string `json:"summary"` // one sentence
	// ServiceID is the service that it is about, "" where it is about none: its own events, its deployments', its variables'.
	ServiceID string `json:"service_id,omitempty"`
	// ProjectID is the project that it is about, "" where it is about the organization.
	ProjectID string `json:"project_id,omitempty"`
}

type nameRow struct {
	Name      string `json:"name"`
	ServiceID string `json:"service_id,omitempty"` // whose it is
	ProjectID string `json:"project_id,omitempty"` // where it is
}

var (
	activities = Table[Activity]{Name: "activity", Keys: []string{"service_id", "project_id"}}
	// activityNames holds what things were called, also after they are gone.
	activityNames = Table[nameRow]{Name: "activity_name", Internal: true}
)

// story writes the sentence for one event.
type story struct {
	ctx   context.Context
	batch *Batch
	event eventstore.Recorded
	err   error
}

// name returns what a thing is called: its id where that is unknown.
func (s *story) name(id string) string {
	if row := s.known(id); row != nil {
		return row.Name
	}
	return id
}

// known returns what was noted of a thing, or nil.
func (s *story) known(id string) *nameRow {
	row, err := activityNames.Get(s.ctx, s.batch, id)
	if err != nil {
		s.err = err
	}
	return row
}

// subject is what the event's own aggregate is called.
func (s *story) subject() string { return s.name(subjectOf(s.event.Stream)) }

// call notes what a thing is called.
func (s *story) call(id, name string) { s.note(id, nameRow{Name: name}) }

// callOf notes what a thing of a service is called.
func (s *story) callOf(serviceID, id, name string) {
	row := nameRow{Name: name, ServiceID: serviceID}
	if of := s.known(serviceID); of != nil {
		row.ProjectID = of.ProjectID
	}
	s.note(id, row)
}

func (s *story) note(id string, row nameRow) { activityNames.Insert(s.batch, s.event, id, row) }

// tell adds a line for each event of a type; an empty sentence adds none.
func tell[F domain.Event](say func(*story, F) string) Handler {
	return on(func(ctx context.Context, b *Batch, e Event[F]) error {
		s := &story{ctx: ctx, batch: b, event: e.Recorded}
		sentence := say(s, e.Fact)
		var of nameRow
		if row := s.known(e.Subject()); row != nil {
			of = *row
		}
		if sentence == "" || s.err != nil {
			return s.err
		}
		actor := e.Meta.Actor
		row := Activity{
			Position: e.Position.String(), At: e.At, Type: e.Type, Actor: actorText(actor), OnBehalfOf: actor.OnBehalfOf,
			Subject: e.Subject(), Summary: sentence, ServiceID: of.ServiceID, ProjectID: of.ProjectID,
		}
		if token := s.known(actor.ID); token != nil && actor.Kind == domain.ActorToken {
			row.ActorName = token.Name
		}
		activities.Insert(b, e.Recorded, row.Position, row)
		return s.err
	})
}

// ActivityFilter narrows an audit trail; an empty field does not.
type ActivityFilter struct {
	Service string
	Within  ProjectIDs
	Limit   int
	Cursor  string
}

// Activities returns a page of an organization's audit trail, newest first, and the cursor of the next page.
func (q *Queries) Activities(ctx context.Context, org string, f ActivityFilter) ([]Activity, string, error) {
	return pageOf(ctx, q, org, activities, match{{"service_id", f.Service}, {"project_id", f.Within}}, f.Limit, f.Cursor)
}
