package api

import (
	"context"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/projections"
)

// sight is what one connection to /stream may see: all of its organization, or what belongs to some projects.
type sight struct {
	queries      *projections.Queries
	organization string
	within       projections.ProjectIDs // nil: all
	// services are the projects of services that were seen, so that the deletion of one is seen, too.
	services map[string]string
}

func (a *API) sightOf(ctx context.Context, who Identity) *sight {
	return &sight{queries: a.Queries, organization: who.Organization, within: a.within(ctx), services: map[string]string{}}
}

// sees reports whether a message of the feed is for this connection. A row whose project cannot be found is not, unless
// all is seen: the page reads it with the next change.
func (s *sight) sees(ctx context.Context, message any) bool {
	if s.within == nil {
		return true
	}
	switch m := message.(type) {
	case notice:
		return true
	case Change:
		project := s.projectOf(ctx, m)
		return project != "" && slices.Contains(s.within, project)
	}
	return false // servers are the organization's
}

func (s *sight) projectOf(ctx context.Context, m Change) string {
	if m.Model == models[OnProject] {
		return m.ID // also of one that is deleted
	}
	project, err := s.queries.ProjectOf(ctx, s.organization, m.Model, m.ID)
	if m.Model != models[OnService] {
		return project
	}
	if domain.CodeOf(err) == domain.NotFound {
		return s.services[m.ID]
	}
	s.services[m.ID] = project
	return project
}
