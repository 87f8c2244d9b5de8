package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
)

// last returns the last event of a type in a deployment's stream.
func last[E domain.Event](t *testing.T, h *activitytest.House, deploymentID string) (found E) {
	t.Helper()
	for r, err := range h.Log.Read(t.Context(), deployment.Stream(deploymentID), 0) {
		require.NoError(t, err)
		e, err := h.Log.Codec.Decode(r.Type, r.Version, r.Data)
		require.NoError(t, err)
		if e, is := e.(E); is {
			found = e
		}
	}
	return found
}

// open reports whether a workflow runs.
func (p *platform) open(t *testing.T, workflowID string) bool {
	t.Helper()
	is, err := (&activities.Slots{Temporal: p.temporal}).IsOpen(t.Context(), workflowID)
	require.NoError(t, err)
	return is
}

// request signals a service's writer as the reactor does. One without a position is the log's newest.
func (p *platform) request(t *testing.T, h *activitytest.House, r workflows.Request) error {
	t.Helper()
	if r.Position == 0 {
		r.Position = head(t, h)
	}
	_, err := p.temporal.SignalWithStartWorkflow(t.Context(), workflows.ServiceID(h.Service), workflows.SignalRequest, r,
		client.StartWorkflowOptions{ID: workflows.ServiceID(h.Service), TaskQueue: activities.TaskQueue},
		workflows.NameService, workflows.ServiceState{Organization: h.Org, ProjectID: h.Project, ServiceID: h.Service})
	return err
}

// head returns the last position of the log.
func head(t *testing.T, h *activitytest.House) uint64 {
	t.Helper()
	at, err := h.Log.Head(t.Context())
	require.NoError(t, err)
	return uint64(at)
}

// record keeps a workflow's history as a fixture for the replay test, where SYNTRA_RECORD is set. The fixtures of a
// version that ran anywhere are never recorded anew: a changed workflow must replay them.
func (p *platform) record(t *testing.T, name, workflowID string) {
	t.Helper()
	p.recordRun(t, name, workflowID, "")
}

// recordRun records one run of a workflow, the latest where runID is empty.
func (p *platform) recordRun(t *testing.T, name, workflowID, runID string) {
	t.Helper()
	if os.Getenv("SYNTRA_RECORD") == "" {
		return
	}
	if strings.HasPrefix(name, "deployment") || strings.HasPrefix(name, "operation") {
		p.house.Await("the end of "+workflowID, func() bool { return !p.open(t, workflowID) })
	}
	var h history.History
	events := p.temporal.GetWorkflowHistory(t.Context(), workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	data, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(&h)
	require.NoError(t, err)
	file := filepath.Join("..", "workflows", "testdata", name+".json")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, append(data, '\n'), 0o644))
}
