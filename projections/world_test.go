package projections_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/projections"
)

// world is a log on a database of its own, with a runner that keeps the read models.
type world struct {
	*projections.Queries
	t      testing.TB
	ctx    context.Context
	pool   *pgxpool.Pool
	log    *eventstore.Log
	runner *projections.Runner
	org    string // whose commands tell speaks
}

func newWorld(t testing.TB) *world {
	w := newStillWorld(t)
	w.runner = w.newRunner()
	w.start(w.runner)
	return w
}

// newStillWorld is a world without a runner.
func newStillWorld(t testing.TB) *world {
	pool := postgrestest.New(t)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return &world{
		Queries: projections.NewQueries(pool), t: t, ctx: ctx, pool: pool, org: "org_a",
		log: &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)},
	}
}

func (w *world) newRunner() *projections.Runner {
	return projections.NewRunner(w.pool, w.log, slog.New(slog.DiscardHandler))
}

// start runs a runner until the test ends or stop is called; stop waits for its end.
func (w *world) start(r *projections.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(w.t, <-done)
		})
	}
	w.t.Cleanup(stop)
	return stop
}

// of is the same world in the name of another organization.
func (w *world) of(org string) *world {
	other := *w
	other.org = org
	return &other
}

// tell appends what an aggregate decided, and answers the position.
func tell[S any, P interface {
	*S
	domain.Aggregate
}](w *world, stream string, decide func(P) ([]domain.Event, error)) eventstore.Position {
	w.t.Helper()
	res, err := eventstore.Execute(w.ctx, w.log, stream, eventstore.Command{
		ID: rand.Text(), Organization: w.org, Actor: domain.Actor{Kind: domain.ActorUser, ID: "usr_ada"},
	}, decide)
	require.NoError(w.t, err)
	return res.Position
}

// settle waits until the read models hold all that was told.
func (w *world) settle() {
	w.t.Helper()
	head, err := w.log.Head(w.ctx)
	require.NoError(w.t, err)
	require.NoError(w.t, w.runner.WaitFor(w.ctx, head))
}

func (w *world) organization(owner string) {
	tell(w, organization.Stream(w.org), func(o *organization.Organization) ([]domain.Event, error) {
		return o.Create(w.org, "acme", "Acme", owner)
	})
}

func (w *world) user(id string) {
	tell(w, user.Stream(id), func(u *user.User) ([]domain.Event, error) { return u.Register(id) })
}

func (w *world) token(of string, t user.TokenIssued) {
	t.OrganizationID = w.org
	tell(w, user.Stream(of), func(u *user.User) ([]domain.Event, error) { return u.IssueToken(t) })
}

func (w *world) server(id, name string) {
	tell(w, server.Stream(id), func(s *server.Server) ([]domain.Event, error) { return s.Register(id, name, "syj_abc", "hash-"+id) })
}

func (w *world) project(id, slug string) {
	tell(w, project.Stream(id), func(p *project.Project) ([]domain.Event, error) { return p.Create(id, slug, slug) })
}

func (w *world) service(id, slug, projectID, serverID string) {
	tell(w, service.Stream(id), func(s *service.Service) ([]domain.Event, error) {
		return s.Create(service.Created{ServiceID: id, ProjectID: projectID, Placement: service.On(serverID), Slug: slug, Name: slug, Host: slug + ".localhost"})
	})
}

func (w *world) onService(id string, decide func(*service.Service) ([]domain.Event, error)) {
	tell(w, service.Stream(id), decide)
}

func (w *world) onDeployment(id string, decide func(*deployment.Deployment) ([]domain.Event, error)) {
	tell(w, deployment.Stream(id), decide)
}

func (w *world) setEnv(serviceID string, set, unset []string) {
	tell(w, secret.Stream(serviceID), func(e *secret.Environment) ([]domain.Event, error) { return e.Change(serviceID, set, unset) })
}

func (w *world) request(id, serviceID string, kind deployment.Kind, releaseID string) {
	w.onDeployment(id, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Request(deployment.Requested{
			DeploymentID: id, ServiceID: serviceID, ProjectID: "prj_1", Kind: kind, ReleaseID: releaseID,
			Source: deployment.SourceRef{UploadID: "upl_1"},
		})
	})
}

// start says that a deployment's turn has come, on the only server.
func start(d *deployment.Deployment) ([]domain.Event, error) {
	return d.Start(deployment.Where{On: []string{"srv_1"}})
}

// step takes steps by their ids; a deployment that has not started starts first.
func (w *world) step(id string, steps ...deployment.StepKind) {
	w.onDeployment(id, start)
	for _, kind := range steps {
		step := string(kind)
		w.onDeployment(id, func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep(step) })
		w.onDeployment(id, func(d *deployment.Deployment) ([]domain.Event, error) {
			return d.FinishStep(step, map[string]string{"millis": "5"})
		})
	}
}

func (w *world) release(id, serviceID, deploymentID string, number int) {
	w.onService(serviceID, func(s *service.Service) ([]domain.Event, error) { return s.RecordRelease(id) })
	tell(w, release.Stream(id), func(r *release.Release) ([]domain.Event, error) {
		return r.Create(release.Created{
			ReleaseID: id, ServiceID: serviceID, ProjectID: "prj_1", BuiltOn: "srv_1", DeploymentID: deploymentID, Number: number,
			Artifact: release.Artifact{Runtime: "docker", Digest: "sha256:" + id}, Commit: release.Commit{SHA: "c0ffee", Branch: "main"},
			EnvVersion: 1, ConfigVersion: 1,
		})
	})
}

func (w *world) activate(serviceID, releaseID, deploymentID string) {
	w.shift(serviceID, traffic.All(releaseID), deploymentID)
}

func (w *world) shift(serviceID string, split traffic.Split, deploymentID string) {
	w.onService(serviceID, func(s *service.Service) ([]domain.Event, error) { return s.ShiftTraffic(split, deploymentID) })
}

// deploy tells a whole deployment of a new release.
func (w *world) deploy(id, serviceID, releaseID string, number int) {
	w.request(id, serviceID, deployment.Deploy, "")
	w.onDeployment(id, start)
	w.step(id, deployment.Source, deployment.Build)
	w.release(releaseID, serviceID, id, number)
	w.step(id, deployment.Release, deployment.Start, deployment.Health, deployment.Shift)
	w.activate(serviceID, releaseID, id)
	w.step(id, deployment.Drain, deployment.Verify)
	w.onDeployment(id, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Succeed(releaseID, map[string]string{"digest": "sha256:" + releaseID})
	})
}

// shop sets up a server, a project and a service.
func (w *world) shop() {
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	w.service("svc_1", "web", "prj_1", "srv_1")
}
