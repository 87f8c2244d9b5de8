package projections_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// views are all that queries read.
var views = []string{
	"server", "project", "service", "operation", "release", "deployment", "variable", "activity", "token", "approval", "member", "invitation",
	"webhook",
}

// dump is every row of every read model as text.
func (w *world) dump() string {
	w.t.Helper()
	w.settle()
	var out strings.Builder
	w.asRole("syntra.projector", "on", func(tx pgx.Tx) {
		for _, view := range views {
			rows, err := tx.Query(w.ctx, `SELECT to_jsonb(t)::text FROM rm.`+view+` t ORDER BY id`)
			require.NoError(w.t, err)
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(w.t, err)
			fmt.Fprintf(&out, "%s:\n%s\n", view, strings.Join(lines, "\n"))
		}
	})
	return out.String()
}

// asRole runs raw SQL under one setting of row-level security; an empty name sets none.
func (w *world) asRole(setting, value string, do func(pgx.Tx)) {
	w.t.Helper()
	tx, err := w.pool.Begin(w.ctx)
	require.NoError(w.t, err)
	defer func() { _ = tx.Rollback(w.ctx) }()
	if setting != "" {
		_, err = tx.Exec(w.ctx, `SELECT set_config($1, $2, true)`, setting, value)
		require.NoError(w.t, err)
	}
	do(tx)
}

// bustle tells many things of many services at once.
func (w *world) bustle(round, services int) {
	var wg sync.WaitGroup
	for i := range services {
		wg.Go(func() {
			svc := fmt.Sprintf("svc_%d_%d", round, i)
			w.service(svc, fmt.Sprintf("s-%d-%d", round, i), "prj_1", "srv_1")
			w.setEnv(svc, []string{"A", "B"}, nil)
			w.deploy("dep_1_"+svc, svc, "rel_1_"+svc, 1)
			w.setEnv(svc, []string{"B"}, []string{"A"})
			w.deploy("dep_2_"+svc, svc, "rel_2_"+svc, 2)
			w.request("dep_3_"+svc, svc, deployment.Rollback, "rel_1_"+svc)
			w.onDeployment("dep_3_"+svc, func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("crashed", "it said no") })
			w.onService(svc, func(s *service.Service) ([]domain.Event, error) {
				return s.RequestOperation(service.OperationRequested{OperationID: "op_" + svc, Kind: service.Scale, Replicas: 3})
			})
			w.onService(svc, func(s *service.Service) ([]domain.Event, error) {
				return s.EndOperation("op_"+svc, service.Scale, 3, "")
			})
			if i%3 == 0 {
				w.onService(svc, func(s *service.Service) ([]domain.Event, error) { return s.Delete() })
			}
		})
	}
	wg.Wait()
}

func TestARebuildWhileTheSystemRunsGivesTheSameRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	w.bustle(0, 8)
	before := w.dump()

	// When nothing else happens, a rebuild changes nothing.
	for _, m := range projections.Models() {
		require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
	}
	require.Equal(t, before, w.dump())

	// When others write and read meanwhile, nobody reads an error, a hole or the past.
	stop := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		least := 0
		for {
			select {
			case <-stop:
				return
			default:
			}
			rows, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Limit: 1})
			if err != nil {
				t.Errorf("a reader met: %v", err)
				return
			}
			var at int
			_, _ = fmt.Sscan(rows[0].Position, &at)
			if at < least {
				t.Errorf("a reader saw position %d after %d", at, least)
				return
			}
			least = at
		}
	})
	var writers sync.WaitGroup
	writers.Go(func() { w.bustle(1, 8) })
	for _, m := range projections.Models() {
		require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
	}
	writers.Wait()
	live := w.dump()
	close(stop)
	readers.Wait()
	for _, m := range projections.Models() {
		require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
	}
	require.Equal(t, live, w.dump())

	// Then the generations before are gone.
	var schemas, rows int
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'rm\_%'`).Scan(&schemas))
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT count(*) FROM projection`).Scan(&rows))
	require.Equal(t, len(projections.Models()), schemas)
	require.Equal(t, len(projections.Models()), rows)
	require.Error(t, w.runner.Rebuild(w.ctx, "no_such_model"))
}

func TestTwoRunnersAtOnceMissAndRepeatNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.newRunner()
	w.start(other)
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	w.settle()
	changes, done := w.runner.Subscribe()
	defer done()
	elsewhere, doneElsewhere := other.Subscribe()
	defer doneElsewhere()
	from, err := w.log.Head(w.ctx)
	require.NoError(t, err)

	w.bustle(0, 12)
	live := w.dump()
	head, err := w.log.Head(w.ctx)
	require.NoError(t, err)
	require.NoError(t, other.WaitFor(w.ctx, head), "either knows how far the models are")
	last := tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) { return p.Rename("Last") })

	// Then each replica tells every change once, in order.
	here, there := changesUpTo(t, changes, last), changesUpTo(t, elsewhere, last)
	require.Equal(t, after(from, here), after(from, there))
	seen := map[string]bool{}
	for i, c := range here {
		require.True(t, i == 0 || c.Position >= here[i-1].Position)
		key := fmt.Sprint(c.Position, c.Model, c.ID)
		require.False(t, seen[key], "told twice: %+v", c)
		seen[key] = true
	}
	require.NotEmpty(t, live)
	rebuilt := w.dump()
	for _, m := range projections.Models() {
		require.NoError(t, other.Rebuild(w.ctx, m.Name))
	}
	require.Equal(t, rebuilt, w.dump())
}

// changesUpTo takes changes until the project row of a position is told.
func changesUpTo(t *testing.T, c <-chan projections.Change, last eventstore.Position) (out []projections.Change) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case change, open := <-c:
			require.True(t, open)
			out = append(out, change)
			if change.Position == last && change.Model == "project" {
				return out
			}
		case <-timeout:
			t.Fatalf("the change at %s was not told; %d others were", last, len(out))
		}
	}
}

func after(from eventstore.Position, changes []projections.Change) (out []projections.Change) {
	for _, c := range changes {
		if c.Position > from {
			out = append(out, c)
		}
	}
	return out
}

func TestARunnerThatDiesBetweenBatchesIsFollowedByTheNext(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	w.runner = w.newRunner()
	w.server("srv_1", "box")
	w.project("prj_1", "shop")

	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		defer close(stop)
		for round := range 3 {
			w.bustle(round, 6)
		}
	})
	// When runners end at any moment, some with their connections cut in the middle of a batch
	config := w.pool.Config()
	config.ConnConfig.RuntimeParams["application_name"] = "runner"
	for i, over := 0, false; !over; i++ {
		pool, err := pgxpool.NewWithConfig(w.ctx, config.Copy())
		require.NoError(t, err)
		r := projections.NewRunner(pool, w.log, slog.New(slog.DiscardHandler))
		end := w.start(r)
		head, err := w.log.Head(w.ctx)
		require.NoError(t, err)
		require.NoError(t, r.WaitFor(w.ctx, head/2))
		if i%2 == 0 {
			_, err = w.pool.Exec(w.ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'runner'`)
			require.NoError(t, err)
		}
		end()
		pool.Close()
		select {
		case <-stop:
			over = true
		default:
		}
	}
	writers.Wait()

	// Then the next one ends where a rebuild ends.
	w.start(w.runner)
	live := w.dump()
	for _, m := range projections.Models() {
		require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
	}
	require.Equal(t, live, w.dump())
}

func TestAPoisonedEventStopsItsModelOnly(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	var healed atomic.Bool
	models := projections.Models()
	for i := range models {
		if models[i].Name == "project" {
			models[i].Break("project.renamed", func(eventstore.Recorded) error {
				if healed.Load() {
					return nil
				}
				panic("cannot digest")
			})
		}
	}
	var logged strings.Builder
	var mu sync.Mutex
	w.runner = projections.RunnerOf(w.pool, w.log, slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logged.Write(p)
	}), nil)), models)
	w.start(w.runner)

	// Given a good event, a poisoned one and more good ones, which all come in one batch
	w.project("prj_1", "shop")
	poison := tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) { return p.Rename("Shop") })
	w.server("srv_1", "box")
	w.service("svc_1", "web", "prj_1", "srv_1")
	w.settle() // does not wait for the model that cannot come

	// Then what came before it is there, and the other models go on
	p, err := w.Project(w.ctx, w.org, "prj_1")
	require.NoError(t, err)
	require.Equal(t, "shop", p.Name)
	require.Zero(t, p.Services)
	_, err = w.Service(w.ctx, w.org, "svc_1")
	require.NoError(t, err)
	health := w.runner.Health()
	require.Contains(t, health["project"].Error, "event "+poison.String()+" (project.renamed")
	require.Contains(t, health["project"].Error, "cannot digest")
	// This replica may know the models' progress before it has read the end of the log itself.
	w.eventually("three events are owed", func() bool { return w.runner.Health()["project"].Lag == 3 })
	require.Empty(t, health["service"].Error)
	require.NoError(t, w.runner.Sound("server", "service"))
	require.ErrorContains(t, w.runner.Sound("service", "project"), "the read model project stands still")
	mu.Lock()
	require.Equal(t, 1, strings.Count(logged.String(), "cannot digest"), "logged once")
	mu.Unlock()

	// When it can be applied, a rebuild heals the model.
	healed.Store(true)
	require.NoError(t, w.runner.Rebuild(w.ctx, "project"))
	w.settle()
	p, err = w.Project(w.ctx, w.org, "prj_1")
	require.NoError(t, err)
	require.Equal(t, "Shop", p.Name)
	require.Equal(t, 1, p.Services)
	require.Empty(t, w.runner.Health()["project"].Error)
	require.NoError(t, w.runner.Sound("project"))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestWaitingForAPositionEndsWithTheContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.project("prj_1", "shop")
	w.settle()
	head, err := w.log.Head(w.ctx)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(w.ctx, 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.runner.WaitFor(ctx, head+1), context.DeadlineExceeded)

	// It serves a process that projects nothing itself, too.
	require.NoError(t, w.newRunner().WaitFor(w.ctx, head))
}

func TestQueriesBeforeTheFirstRunSayThatTheyAreNotReady(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	_, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.Equal(t, domain.Unavailable, domain.CodeOf(err))

	require.NoError(t, projections.Prepare(w.ctx, w.pool))
	require.NoError(t, projections.Prepare(w.ctx, w.pool), "twice is once")
	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Empty(t, rows)
}
