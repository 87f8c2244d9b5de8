package projections_test

import (
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// newer are the models of a newer program: its project model has a higher version. ask is called for each project.
func newer(ask func()) []projections.Model {
	models := projections.Models()
	for i := range models {
		if models[i].Name == "project" {
			models[i].Version++
			models[i].Break("project.created", func(eventstore.Recorded) error { ask(); return nil })
		}
	}
	return models
}

// newVersion is the newer program's version of the project model.
func newVersion() int {
	for _, m := range newer(func() {}) {
		if m.Name == "project" {
			return m.Version
		}
	}
	return 0
}

// liveVersion is the version and generation of the live project model.
func (w *world) liveVersion() (version, generation int) {
	err := w.pool.QueryRow(w.ctx, `SELECT version, generation FROM projection WHERE name = 'project' AND live`).Scan(&version, &generation)
	require.NoError(w.t, err)
	return version, generation
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	require.Eventually(w.t, holds, 20*time.Second, 10*time.Millisecond, what)
}

func (w *world) append(stream, eventType string, version int, data string) {
	w.t.Helper()
	expected := eventstore.NoStream
	for r, err := range w.log.Read(w.ctx, stream, 0) {
		require.NoError(w.t, err)
		expected = r.Revision
	}
	_, err := w.log.Append(w.ctx, stream, expected, eventstore.NewEvent{
		ID: uuid.New(), Type: eventType, Version: version, Data: json.RawMessage(data),
		Meta: eventstore.Meta{Organization: w.org, CommandID: uuid.NewString()},
	})
	require.NoError(w.t, err)
}

func TestTheNewerOfTwoProgramsHasAReadModel(t *testing.T) {
	t.Parallel()
	for name, newFirst := range map[string]bool{"the older one started first": false, "the newer one started first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newStillWorld(t)
			old := w.newRunner()
			young := projections.RunnerOf(w.pool, w.log, slog.New(slog.DiscardHandler), newer(func() {}))
			if newFirst {
				w.start(young)
				w.runner = young
				w.shop()
				w.settle()
				w.start(old)
			} else {
				w.start(old)
				w.runner = old
				w.shop()
				w.settle()
				w.start(young)
			}
			w.eventually("the newer program's version is live", func() bool { v, _ := w.liveVersion(); return v == newVersion() })
			w.eventually("the older one stands aside and says so", func() bool {
				return young.Health()["project"].Error == "" && old.Sound("project") != nil
			})
			require.ErrorContains(t, old.Sound("project"), "update this replica")
			require.ErrorContains(t, old.Rebuild(w.ctx, "project"), "update this replica")

			w.project("prj_2", "blog")
			w.eventually("the newer program goes on", func() bool {
				rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
				return err == nil && len(rows) == 2
			})
			version, _ := w.liveVersion()
			require.Equal(t, newVersion(), version)
		})
	}
}

func TestWhileAModelIsBuiltAnewTheOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	w.runner = w.newRunner()
	stop := w.start(w.runner)
	w.shop()
	w.settle()
	stop()
	asked, release := make(chan struct{}, 100), make(chan struct{})
	w.runner = projections.RunnerOf(w.pool, w.log, slog.New(slog.DiscardHandler), newer(func() { asked <- struct{}{}; <-release }))
	w.start(w.runner)
	<-asked // the rebuild stands at the first project

	w.server("srv_2", "box-2")
	w.settle() // nobody waits for the model that is being built

	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows, 1, "the rows of before are read")
	_, err = w.Server(w.ctx, w.org, "srv_2")
	require.NoError(t, err)
	health := w.runner.Health()["project"]
	require.True(t, health.Rebuilding)
	require.Empty(t, health.Error)
	require.Error(t, w.runner.Sound("project"), "nothing is decided from rows that may be long past")

	close(release)
	w.eventually("the new version is live", func() bool { v, _ := w.liveVersion(); return v == newVersion() })
	w.eventually("the model is well", func() bool { return w.runner.Sound("project") == nil })
	w.settle()
	var others int
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT count(*) FROM projection WHERE generation <> 1`).Scan(&others))
	require.Equal(t, 1, others, "the models whose version is the same stay")
}

func TestOpenPagesAreToldOfAModelThatWasBuiltAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.settle()
	other := w.newRunner() // another replica of the platform, with pages of its own
	w.start(other)
	w.eventually("it knows the log", func() bool { return other.Health()["project"].Lag == 0 && other.Health()["project"].Position > 0 })
	before := other.Health()["project"].Position
	changes, leave := other.Subscribe()
	defer leave()
	refreshed := func() bool {
		_, complete, err := other.ChangesSince(w.ctx, w.org, before)
		return err == nil && complete
	}
	require.True(t, refreshed())

	require.NoError(t, w.runner.Rebuild(w.ctx, "project"))

	deadline := time.After(20 * time.Second)
	for told := false; !told; {
		select {
		case c := <-changes:
			told = c == projections.Change{Model: "project"}
		case <-deadline:
			t.Fatal("nothing was told")
		}
	}
	require.False(t, refreshed(), "who was away meanwhile loads anew")
}

func TestAnEventInANewerVersionStopsTheModelsThatHandleIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.project("prj_1", "shop")
	w.append("project-prj_1", "project.renamed", 7, `{"title":{"en":"Shop"}}`)
	w.server("srv_1", "box")
	w.settle()
	w.eventually("the project model stands still", func() bool { return w.runner.Sound("project") != nil })
	require.ErrorContains(t, w.runner.Sound("project"), "project.renamed in version 7, and this one knows version 1: update this replica")
	require.NoError(t, w.runner.Sound("server"))
	_, err := w.Server(w.ctx, w.org, "srv_1")
	require.NoError(t, err)
	row, err := w.Project(w.ctx, w.org, "prj_1")
	require.NoError(t, err)
	require.Equal(t, "shop", row.Name, "no guess was written")
}

func TestAnEventOfAnUnknownTypeStopsTheModelsOfItsStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.project("prj_1", "shop")
	w.append("project-prj_1", "project.painted", 1, `{"color":"blue"}`)
	w.append("weather-1", "weather.turned", 1, `{}`) // no model reads such streams
	w.server("srv_1", "box")
	w.settle()
	w.eventually("the project model stands still", func() bool { return w.runner.Sound("project") != nil })
	require.ErrorContains(t, w.runner.Sound("project"), "project.painted, which this one does not know: update this replica")
	require.NoError(t, w.runner.Sound("server", "release"))
	_, err := w.Server(w.ctx, w.org, "srv_1")
	require.NoError(t, err)
}

func TestARebuildStartsOnceForAllReplicas(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	w.runner = w.newRunner()
	stop := w.start(w.runner)
	w.shop()
	w.settle()
	stop()
	var rebuilt atomic.Int32
	for range 2 { // each holds a connection of the test's small pool while it waits for the other
		w.runner = projections.RunnerOf(w.pool, w.log, slog.New(slog.DiscardHandler), newer(func() { rebuilt.Add(1) }))
		w.start(w.runner)
	}
	w.eventually("the new version is live", func() bool { v, _ := w.liveVersion(); return v == newVersion() })
	w.settle()
	_, generation := w.liveVersion()
	require.Equal(t, 2, generation)
	require.Equal(t, int32(1), rebuilt.Load())
}
