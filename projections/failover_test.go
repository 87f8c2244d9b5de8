package projections_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// failOver takes log and read models back to what they were, as a failover that lost the last commits does: both are in
// one database, and go back together.
func (w *world) failOver(log, models eventstore.Position) {
	w.t.Helper()
	require.NoError(w.t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`ALTER TABLE es_event DISABLE TRIGGER es_event_is_append_only`,
			`SELECT set_config('syntra.projector', 'on', true)`,
		} {
			_, err := tx.Exec(w.ctx, statement)
			require.NoError(w.t, err)
		}
		for _, statement := range []string{
			`DELETE FROM es_event WHERE pos > $1`, `UPDATE es_head SET pos = $1`,
		} {
			_, err := tx.Exec(w.ctx, statement, int64(log))
			require.NoError(w.t, err)
		}
		_, err := tx.Exec(w.ctx, `UPDATE projection SET pos = $1`, int64(models))
		require.NoError(w.t, err)
		_, err = tx.Exec(w.ctx, `ALTER TABLE es_event ENABLE TRIGGER es_event_is_append_only`)
		return err
	}))
}

func TestAfterAFailoverThatLostCommitsModelsShowWhatTheLogHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.project("prj_1", "shop")
	w.settle()
	kept, err := w.log.Head(w.ctx)
	require.NoError(t, err)
	// An event that no read model makes a row of stands for those that were lost, so that only positions go back.
	w.append("organization-lost", "organization.member_removed", 1, `{"user_id":"usr_1"}`)
	w.settle()
	changes, leave := w.runner.Subscribe()
	defer leave()

	w.failOver(kept, kept)
	w.project("prj_2", "blog") // at the position of the lost event

	told := []string{}
	deadline := time.After(20 * time.Second)
	for len(told) < len(projections.Models()) {
		select {
		case c := <-changes:
			if c.ID == "" {
				told = append(told, c.Model)
			}
		case <-deadline:
			t.Fatal("open pages were not told to load anew")
		}
	}
	for _, m := range projections.Models() {
		require.True(t, slices.Contains(told, m.Name), m.Name)
	}
	w.settle()
	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows, 2, "the event at the position that was given anew is not passed over")
	w.project("prj_3", "docs")
	w.settle()
	rows, _, err = w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows, 3)
}
