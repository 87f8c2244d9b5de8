package projections_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/eventstore/postgres/losetest"
	"github.com/syntra-dev/syntra/projections"
)

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string { j.mu.Lock(); defer j.mu.Unlock(); return j.text.String() }

func (w *world) slugs() (slugs []string) {
	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(w.t, err)
	for _, p := range rows {
		slugs = append(slugs, p.Slug)
	}
	return slugs
}

func TestReadModelsHoldNothingOfEventsThatAFailoverLost(t *testing.T) {
	t.Parallel()
	two, three := []string{"a", "b"}, []string{"a", "b", "c"}
	for name, c := range map[string]struct {
		running bool     // whether the runner runs while the events are lost
		instead []string // slugs of projects that are created at the lost positions and after them
		want    []string
	}{
		"while it runs, and the log is shorter":                 {running: true, want: []string{"shop"}},
		"while it runs, and other events have the positions":    {running: true, instead: two, want: append(two, "shop")},
		"while it runs, and the log is longer":                  {running: true, instead: three, want: append(three, "shop")},
		"before it starts, and the log is shorter":              {want: []string{"shop"}},
		"before it starts, and other events have the positions": {instead: two, want: append(two, "shop")},
		"before it starts, and the log is longer":               {instead: three, want: append(three, "shop")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, logged := newStillWorld(t), &journal{}
			logger := slog.New(slog.NewTextHandler(logged, nil))
			w.runner = projections.NewRunner(w.pool, w.log, logger)
			stop := w.start(w.runner)

			// Given read models that hold two events which are lost
			w.project("prj_1", "shop")
			w.settle()
			kept, err := w.log.Head(w.ctx)
			require.NoError(t, err)
			w.project("prj_2", "lost")
			last := tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) {
				return p.Rename("Lost")
			})
			w.settle()
			require.Equal(t, []string{"lost", "shop"}, w.slugs())
			changes, done := w.runner.Subscribe()
			defer done()
			if !c.running {
				stop()
			}
			losetest.After(t, w.pool, kept, func(tx pgx.Tx) {
				for _, slug := range c.instead {
					losetest.Event(t, tx, project.Stream("prj_"+slug), w.org, "project.created",
						`{"project_id":"prj_`+slug+`","slug":"`+slug+`","name":"`+slug+`"}`)
				}
			})
			if !c.running {
				w.runner = projections.NewRunner(w.pool, w.log, logger)
				w.start(w.runner)
			}

			// Then they hold what the log holds, and say so
			require.Eventually(t, func() bool {
				p, err := w.Project(w.ctx, w.org, "prj_1")
				return err == nil && p.Name == "shop" && strings.Join(c.want, " ") == strings.Join(w.slugs(), " ")
			}, 30*time.Second, 10*time.Millisecond)
			require.Contains(t, logged.String(), "level=ERROR")
			require.Contains(t, logged.String(), "building it anew")

			// and pages are loaded anew: their live pushes end, and they cannot resume from a lost position.
			require.Eventually(t, func() bool {
				for {
					select {
					case _, open := <-changes:
						if !open {
							return true
						}
					default:
						return false
					}
				}
			}, 30*time.Second, 10*time.Millisecond)
			_, complete, err := w.runner.ChangesSince(w.ctx, w.org, last)
			require.NoError(t, err)
			require.False(t, complete)

			// It goes on: what is told now is in every model, as in one built from the log.
			w.project("prj_9", "next")
			require.Eventually(t, func() bool {
				head, err := w.log.Head(w.ctx)
				require.NoError(t, err)
				for _, h := range w.runner.Health() {
					if h.Position != head || h.Error != "" {
						return false
					}
				}
				return true
			}, 30*time.Second, 10*time.Millisecond)
			live := w.dump()
			for _, m := range projections.Models() {
				require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
			}
			require.Equal(t, w.dump(), live)
			require.Contains(t, live, "prj_9")
		})
	}
}

func TestLivePushesGoOnAfterEventsWereLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.project("prj_1", "shop")
	w.settle()
	kept, err := w.log.Head(w.ctx)
	require.NoError(t, err)
	for _, id := range []string{"prj_2", "prj_3", "prj_4", "prj_5"} {
		w.project(id, "lost-"+id[4:])
	}
	w.settle()
	lost, err := w.log.Head(w.ctx)
	require.NoError(t, err)
	losetest.After(t, w.pool, kept, nil)
	require.Eventually(t, func() bool {
		for _, h := range w.runner.Health() {
			if h.Position != kept {
				return false
			}
		}
		return len(w.slugs()) == 1
	}, 30*time.Second, 10*time.Millisecond)

	// Then a watcher is told of an event at a position that was told already. The last model may be a moment from ending
	// the watchers, who then come again.
	for told := false; !told; {
		changes, done := w.runner.Subscribe()
		at := tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) {
			return p.Rename(p.Name + "!")
		})
		require.LessOrEqual(t, at, lost, "no change at a lost position was told")
		for open := true; open && !told; {
			select {
			case c, more := <-changes:
				open, told = more, c.Position == at
			case <-w.ctx.Done():
				t.Fatal("no change was told")
			}
		}
		done()
	}
}
