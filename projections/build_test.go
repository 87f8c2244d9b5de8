package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/projections"
)

func TestARebuildThatKeepsFewRowsInMemoryGivesTheSameRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	w.bustle(0, 8)
	live := w.dump()

	w.runner.BuildInSmall(3, 2)
	for _, m := range projections.Models() {
		require.NoError(t, w.runner.Rebuild(w.ctx, m.Name))
	}

	require.Equal(t, live, w.dump())
}

func TestARebuildMeetsTheEventsOfANewerProgram(t *testing.T) {
	t.Parallel()
	w := newStillWorld(t)
	require.NoError(t, projections.Prepare(w.ctx, w.pool))
	w.runner = w.newRunner()
	w.project("prj_1", "shop")
	w.append("project-prj_1", "project.painted", 1, `{}`)

	require.ErrorContains(t, w.runner.Rebuild(w.ctx, "project"), "project.painted")
	require.NoError(t, w.runner.Rebuild(w.ctx, "server"), "which does not read projects")
}
