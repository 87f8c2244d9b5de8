package projections

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// serviceRow adds what the row's own fields are computed from, and what DesiredOf tells a server.
type serviceRow struct {
	Service
	Split   traffic.Split `json:"split,omitempty"`  // what Traffic shows
	Scaled  int           `json:"scaled,omitempty"` // replicas as last scaled; 0 means as configured
	Stopped bool          `json:"stopped,omitempty"`
	// Servers are those that have to know of the service: where it is placed, and where a deployment is at work.
	Servers []string `json:"servers"`
	// LeftAt are the servers that it has left, and when, and Left the same servers in order: see PassOnFor.
	LeftAt map[string]time.Time `json:"left_at,omitempty"`
	Left   []string             `json:"left_servers"`
	// UnderwayOn are the servers that the steps of deployments under way are about.
	UnderwayOn map[string][]string `json:"underway_on,omitempty"`
	// Underway are the deployments that have not ended, with the release that each makes live once it is known.
	Underway map[string]string `json:"underway,omitempty"`
	// Pending are the operations that have not ended.
	Pending []string `json:"pending,omitempty"`
}

type operationRow struct {
	Operation
	ServiceID string `json:"service_id"`
}

type releaseLine struct {
	ReleaseRef
	ServiceID string `json:"service_id"`
}

type slugRow struct {
	Slug string `json:"slug"`
}

type serviceOf struct {
	ServiceID string `json:"service_id"`
}

var (
	services = Table[serviceRow]{
		Name: "service", Keys: []string{"project_id", "project_slug", "slug"},
		Indexes: []string{"(org_id, project_slug, slug)", "USING gin (servers)", "USING gin (left_servers)"},
		Visible: []string{"servers ? " + setting(settingServer), "left_servers ? " + setting(settingServer)},
	}
	operations         = Table[operationRow]{Name: "operation", Keys: []string{"service_id"}}
	serviceProjects    = Table[slugRow]{Name: "service_project", Internal: true}
	serviceReleases    = Table[releaseLine]{Name: "service_release", Internal: true}
	serviceDeployments = Table[serviceOf]{Name: "service_deployment", Internal: true}
)

func serviceModel() Model {
	return Model{
		Name: "service", Version: 6,
		Tables:   []schema{services, operations, serviceProjects, serviceReleases, serviceDeployments},
		Handlers: slices.Concat(serviceHandlers(), serviceOperationHandlers(), serviceReleaseHandlers(), serviceDeploymentHandlers()),
	}
}

func serviceHandlers() []Handler {
	return []Handler{
		on(func(_ context.Context, b *Batch, e Event[project.Created]) error {
			serviceProjects.Insert(b, e.Recorded, e.Fact.ProjectID, slugRow{e.Fact.Slug})
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Created]) error {
			f := e.Fact
			in, err := serviceProjects.Get(ctx, b, f.ProjectID)
			if err != nil {
				return err
			}
			row := serviceRow{Service: Service{
				ID: f.ServiceID, ProjectID: f.ProjectID, Placement: f.Placement, Slug: f.Slug, Name: f.Name, Host: f.Host,
				Config: f.Config, ConfigVersion: 1, Traffic: []Share{}, Warm: []string{}, CreatedAt: e.At,
			}}
			if in != nil {
				row.ProjectSlug = in.Slug
			}
			row.settle()
			services.Insert(b, e.Recorded, f.ServiceID, row)
			return nil
		}),
		onService(func(s *serviceRow, e Event[service.ConfigChanged]) {
			if e.Fact.Config.Run.Replicas != s.Config.Run.Replicas {
				s.Scaled = 0
			}
			s.Config, s.ConfigVersion = e.Fact.Config, e.Fact.Version
		}),
		onService(func(s *serviceRow, e Event[service.Placed]) { s.place(e.Fact, e.At) }),
		onService(func(s *serviceRow, e Event[service.AutoDeployFrozen]) { s.Frozen = true }),
		onService(func(s *serviceRow, e Event[service.AutoDeployResumed]) { s.Frozen = false }),
		onService(func(s *serviceRow, e Event[secret.Changed]) { s.EnvVersion = e.Fact.Version }),
		on(func(ctx context.Context, b *Batch, e Event[service.Deleted]) error {
			services.Delete(b, e.Subject())
			ended, err := operations.Where(ctx, b, "service_id", e.Subject())
			for _, id := range ended {
				operations.Delete(b, id)
			}
			return err
		}),
	}
}

func serviceReleaseHandlers() []Handler {
	return []Handler{
		on(func(ctx context.Context, b *Batch, e Event[release.Created]) error {
			f := e.Fact
			serviceReleases.Insert(b, e.Recorded, f.ReleaseID, releaseLine{ServiceID: f.ServiceID, ReleaseRef: ReleaseRef{
				ID: f.ReleaseID, Number: f.Number, Commit: f.Commit, Digest: f.Artifact.Digest, Since: e.At,
			}})
			return editService(ctx, b, f.ServiceID, func(s *serviceRow) {
				if _, underway := s.Underway[f.DeploymentID]; underway {
					s.Underway[f.DeploymentID] = f.ReleaseID
				}
			})
		}),
		on(shiftTraffic),
		onService(func(s *serviceRow, e Event[service.ReleaseRetired]) { s.cool(e.Fact.ReleaseID) }),
	}
}

// onService handles an event of a service's own stream, or of its environment's.
func onService[F domain.Event](change func(*serviceRow, Event[F])) Handler {
	return on(func(ctx context.Context, b *Batch, e Event[F]) error {
		return editService(ctx, b, e.Subject(), func(s *serviceRow) { change(s, e) })
	})
}

func editService(ctx context.Context, b *Batch, id string, change func(*serviceRow)) error {
	return services.Edit(ctx, b, id, func(s *serviceRow) {
		change(s)
		s.settle()
	})
}

// shiftTraffic splits a service's traffic anew. What leaves the split is warm.
func shiftTraffic(ctx context.Context, b *Batch, e Event[service.TrafficShifted]) error {
	split := e.Fact.Split
	live, shares := ReleaseRef{ID: split.Live()}, []Share{}
	for _, share := range split {
		line, err := serviceReleases.Get(ctx, b, share.ReleaseID)
		if err != nil {
			return err
		}
		number := 0
		if line != nil {
			number = line.Number
		}
		if line != nil && line.ID == live.ID {
			live = line.ReleaseRef
		}
		percent := float64(share.Weight) * 100 / traffic.Whole
		shares = append(shares, Share{ReleaseID: share.ReleaseID, Number: number, Percent: percent})
	}
	live.Since = e.At
	return editService(ctx, b, e.Subject(), func(s *serviceRow) {
		if s.Live != nil && s.Live.ID == live.ID && !s.Stopped {
			live.Since = s.Live.Since
		}
		s.Warm = append(slices.DeleteFunc(s.Warm, split.Has), s.Split.Leaving(split)...)
		s.Live, s.Split, s.Traffic, s.Stopped = &live, split, shares, false
	})
}

// cool takes a release off the warm ones.
func (s *serviceRow) cool(releaseID string) {
	s.Warm = slices.DeleteFunc(s.Warm, func(r string) bool { return r == releaseID })
}

// settle computes what follows from the rest.
func (s *serviceRow) settle() {
	s.Servers = s.Placement.Servers()
	for _, servers := range s.UnderwayOn {
		s.Servers = append(s.Servers, servers...)
	}
	slices.Sort(s.Servers)
	s.Servers = slices.Compact(s.Servers)
	s.Left = append([]string{}, slices.Sorted(maps.Keys(s.LeftAt))...)
	if s.Replicas = s.Scaled; s.Replicas == 0 {
		s.Replicas = s.Config.WithDefaults().Run.Replicas
	}
	switch {
	case s.Live != nil && s.Stopped:
		s.State = ServiceStopped
	case s.Live != nil:
		s.State = ServiceRunning
	case s.Deployment != nil && !s.Deployment.Status.Ended():
		s.State = ServiceDeploying
	default:
		s.State = ServiceEmpty
	}
}

// statusAfterStart is where a deployment stands once its turn has come.
func statusAfterStart(kind deployment.Kind) deployment.Status {
	if kind == deployment.Deploy {
		return deployment.Building
	}
	return deployment.Deploying
}
