package notice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
)

// Reader words events.
type Reader struct {
	Log *eventstore.Log
	// Dashboard is the base URL of its pages; "" leaves the notices without one.
	Dashboard string
}

// Of words an event. It returns nil where the event is not worth a notice.
func (r Reader) Of(ctx context.Context, e eventstore.Recorded) (*Notice, error) {
	n := &Notice{Type: TypeOf(e.Type), ID: e.ID.String(), At: e.At.UTC(), Actor: e.Meta.Actor}
	if n.Type == "" {
		return nil, nil
	}
	fact, err := r.Log.Codec.Decode(e.Type, e.Version, e.Data)
	if err != nil {
		return nil, err
	}
	if n.Organization, err = r.organization(ctx, e.Meta.Organization); err != nil {
		return nil, err
	}
	category, subject, _ := strings.Cut(e.Stream, "-")
	switch category + "-" {
	case deployment.Stream(""):
		err = r.deployment(ctx, n, e, fact)
	case service.Stream(""):
		n.Data, n.URL = operationOf(fact), r.page("services", subject)
		err = r.service(ctx, n, subject)
	case server.PresenceStream(""):
		return r.presence(ctx, n, e, subject, fact)
	case approval.Stream(""):
		err = r.approval(ctx, n, e, subject, fact)
	}
	return n, err
}

// Test words the message that a person asks for to see whether a webhook works.
func (r Reader) Test(ctx context.Context, orgID, noticeID string, by domain.Actor, at time.Time) (n Notice, err error) {
	n = Notice{
		Type:  webhook.Test,
		ID:    noticeID,
		At:    at.UTC(),
		Actor: by,
		Data:  struct{}{},
		URL:   r.page("settings"),
	}
	n.Organization, err = r.organization(ctx, orgID)
	return n, err
}

// page returns the address of a page of the dashboard.
func (r Reader) page(parts ...string) string {
	if r.Dashboard == "" {
		return ""
	}
	return strings.TrimSuffix(r.Dashboard, "/") + "/" + strings.Join(parts, "/")
}

func (r Reader) organization(ctx context.Context, orgID string) (Thing, error) {
	made, err := first[organization.Created](ctx, r.Log, organization.Stream(orgID))
	return Thing{ID: orgID, Slug: made.Slug, Name: made.Name}, err
}

// service adds a service and its project.
func (r Reader) service(ctx context.Context, n *Notice, serviceID string) error {
	made, err := first[service.Created](ctx, r.Log, service.Stream(serviceID))
	if err != nil {
		return err
	}
	n.Service = &Thing{ID: serviceID, Slug: made.Slug, Name: made.Name}
	return r.project(ctx, n, made.ProjectID)
}

func (r Reader) project(ctx context.Context, n *Notice, projectID string) error {
	if projectID == "" {
		return nil
	}
	loaded, err := eventstore.Load[project.Project](ctx, r.Log, project.Stream(projectID))
	if err != nil {
		return err
	}
	n.Project = &Thing{ID: projectID, Slug: loaded.State.Slug, Name: loaded.State.Name}
	return nil
}

// presence words the loss of an agent and its return. Other connections say nothing new of the server.
func (r Reader) presence(
	ctx context.Context, n *Notice, e eventstore.Recorded, serverID string, fact domain.Event,
) (*Notice, error) {
	if lost, is := fact.(server.Disconnected); is {
		n.Data = Loss{Reason: short(lost.Reason)}
	} else {
		back, err := r.wasLost(ctx, e)
		if err != nil || !back {
			return nil, err
		}
		n.Data = struct{}{}
	}
	made, err := first[server.Registered](ctx, r.Log, server.Stream(serverID))
	n.Server, n.URL = &Thing{ID: serverID, Name: made.Name}, r.page("servers", serverID)
	return n, err
}

// wasLost reports whether the event before a connection is a loss.
func (r Reader) wasLost(ctx context.Context, connected eventstore.Recorded) (bool, error) {
	if connected.Revision == 0 {
		return false, nil
	}
	for before, err := range r.Log.Read(ctx, connected.Stream, connected.Revision-1) {
		if err != nil {
			return false, fmt.Errorf("read %s: %w", connected.Stream, err)
		}
		return before.Type == server.Disconnected{}.EventType(), nil
	}
	return false, nil
}

// first returns the event that opens a stream, which says for ever what the thing is. It is zero where there is none.
func first[F domain.Event](ctx context.Context, log *eventstore.Log, stream string) (fact F, err error) {
	for r, err := range log.Read(ctx, stream, 0) {
		if err != nil {
			return fact, fmt.Errorf("read %s: %w", stream, err)
		}
		e, err := log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return fact, fmt.Errorf("read %s: %w", stream, err)
		}
		fact, _ = e.(F)
		break
	}
	return fact, nil
}
