package activitytest

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/id"
)

// House is one organization with a server and a service, in a real log of its own.
type House struct {
	t       testing.TB
	Pool    *pgxpool.Pool
	Log     *eventstore.Log
	Fleet   *Fleet
	Vault   *Vault
	Agent   *Agent // of Server
	Org     string
	Project string
	Service string
	Server  string
}

// NewHouse builds it. configure may change the service's settings before they are recorded.
func NewHouse(t testing.TB, configure ...func(*service.Config)) *House {
	t.Helper()
	pool := postgrestest.New(t)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	street := &House{
		Pool: pool, Log: &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}, Fleet: &Fleet{}, Vault: &Vault{},
	}
	return street.Neighbour(t, configure...)
}

// Neighbour is another organization with a server and a service in the same log.
func (h *House) Neighbour(t testing.TB, configure ...func(*service.Config)) *House {
	t.Helper()
	next := *h
	next.t, next.Agent = t, NewAgent()
	next.Org, next.Project, next.Server = id.New(id.Organization), id.New(id.Project), id.New(id.Server)
	h = &next
	h.Fleet.join(h.Server, h.Agent)
	Tell(h, server.Stream(h.Server), func(s *server.Server) ([]domain.Event, error) {
		return s.Register(h.Server, "box", "syj_", strings.Repeat("0", 64))
	})
	return h.Sibling(t, configure...)
}

// Sibling is another service on the same server.
func (h *House) Sibling(t testing.TB, configure ...func(*service.Config)) *House {
	t.Helper()
	next := *h
	next.t, next.Service = t, id.New(id.Service)
	config := service.Config{}
	for _, c := range configure {
		c(&config)
	}
	Tell(&next, service.Stream(next.Service), func(s *service.Service) ([]domain.Event, error) {
		return s.Create(service.Created{
			ServiceID: next.Service, ProjectID: next.Project, Placement: service.On(next.Server), Slug: "web", Name: "Web", Host: "web-shop.localhost", Config: config,
		})
	})
	return &next
}

// Tell lets an aggregate decide, as the API would.
func Tell[S any, P interface {
	*S
	domain.Aggregate
}](h *House, stream string, decide func(P) ([]domain.Event, error)) {
	h.t.Helper()
	_, err := eventstore.Execute(h.t.Context(), h.Log, stream, eventstore.Command{
		ID: id.New(id.Command), Organization: h.Org, Actor: domain.Actor{Kind: domain.ActorUser, ID: "usr_test"},
	}, decide)
	require.NoError(h.t, err)
}

// See folds a stream.
func See[S any, P interface {
	*S
	domain.Aggregate
}](h *House, stream string) P {
	h.t.Helper()
	loaded, err := eventstore.Load[S, P](h.t.Context(), h.Log, stream)
	require.NoError(h.t, err)
	return loaded.State
}

// Request asks for a deployment and answers its id. release is what to go back to, or whose artifact to run again.
func (h *House) Request(kind deployment.Kind, releaseID string) string {
	h.t.Helper()
	r := deployment.Requested{
		DeploymentID: id.New(id.Deployment), ServiceID: h.Service, ProjectID: h.Project, Kind: kind, ReleaseID: releaseID,
	}
	if kind == deployment.Deploy {
		r.Source = deployment.SourceRef{UploadID: "upl_test", UploadDigest: "sha256:0"}
	}
	Tell(h, deployment.Stream(r.DeploymentID), func(d *deployment.Deployment) ([]domain.Event, error) { return d.Request(r) })
	return r.DeploymentID
}

// Operation asks for an operation and answers its id.
func (h *House) Operation(kind service.OperationKind, replicas int) string {
	h.t.Helper()
	o := service.OperationRequested{OperationID: id.New("op"), Kind: kind, Replicas: replicas}
	Tell(h, service.Stream(h.Service), func(s *service.Service) ([]domain.Event, error) { return s.RequestOperation(o) })
	return o.OperationID
}

// Cancel asks a deployment to stop.
func (h *House) Cancel(deploymentID string) {
	h.t.Helper()
	Tell(h, deployment.Stream(deploymentID), func(d *deployment.Deployment) ([]domain.Event, error) { return d.RequestCancel() })
}

// Set puts variables into the environment.
func (h *House) Set(values map[string]string) {
	h.t.Helper()
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	Tell(h, secret.Stream(h.Service), func(e *secret.Environment) ([]domain.Event, error) {
		for name, value := range values {
			h.Vault.put(h.Service, secret.NewRef(name, e.Version+1), value)
		}
		return e.Change(h.Service, names, nil)
	})
}

// Deployment is a deployment as its stream tells it.
func (h *House) Deployment(deploymentID string) *deployment.Deployment {
	h.t.Helper()
	return See[deployment.Deployment](h, deployment.Stream(deploymentID))
}

// TheService is the service as its stream tells it.
func (h *House) TheService() *service.Service {
	h.t.Helper()
	return See[service.Service](h, service.Stream(h.Service))
}

// Release is a release as its stream tells it.
func (h *House) Release(releaseID string) release.Created {
	h.t.Helper()
	return See[release.Release](h, release.Stream(releaseID)).Created
}

// Story is a stream in short: "started", "step_started build", "failed build_failed", …
func (h *House) Story(stream string) []string {
	h.t.Helper()
	var out []string
	for r, err := range h.Log.Read(h.t.Context(), stream, 0) {
		require.NoError(h.t, err)
		e, err := h.Log.Codec.Decode(r.Type, r.Version, r.Data)
		require.NoError(h.t, err)
		_, line, _ := strings.Cut(r.Type, ".")
		switch e := e.(type) {
		case deployment.StepStarted:
			line += " " + e.Step.ID
		case deployment.StepSucceeded:
			line += " " + e.Step.ID
		case deployment.Failed:
			line += " " + e.Code
		case deployment.Waiting:
			if e.Reason == "" {
				line = "goes_on"
			}
		case service.OperationSucceeded:
			line += " " + string(e.Kind)
		case service.OperationFailed:
			line += " " + string(e.Kind)
		}
		out = append(out, line)
	}
	return out
}

// Await waits until something is so.
func (h *House) Await(what string, so func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			h.t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

// AwaitEnd waits until a deployment has ended, and answers how.
func (h *House) AwaitEnd(deploymentID string) deployment.Status {
	h.t.Helper()
	h.Await("the end of "+deploymentID, func() bool { return h.Deployment(deploymentID).Status.Ended() })
	return h.Deployment(deploymentID).Status
}
