package workflows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/worker"
)

// TestReplay runs today's workflows over histories that a true server recorded (worker's stories, with SYNTRA_RECORD=1).
// A workflow that was begun by an older program must be able to go on: where this fails, put the change behind
// workflow.GetVersion (versions.go) instead of recording anew.
func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	covered := map[string]bool{}
	for _, file := range files {
		kind, _, _ := strings.Cut(filepath.Base(file), "-")
		covered[kind] = true
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NotContains(t, string(data), "good day", "no value of an environment is in a history")
			replayer := worker.NewWorkflowReplayer()
			workflows.Register(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
	require.Equal(t, map[string]bool{"service": true, "deployment": true, "operation": true, "build": true}, covered,
		"every workflow has a recorded history")
}
