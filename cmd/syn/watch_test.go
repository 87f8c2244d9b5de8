package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// inStages is a deployment that has shifted once and watches.
func inStages() syntra.Deployment {
	began, ended := time.Unix(0, 0), time.Unix(2, 0)
	return syntra.Deployment{Id: "dep_1", Steps: []syntra.Step{
		{Id: "shift-1", Kind: "shift", Status: "succeeded", StartedAt: &began, EndedAt: &ended},
		{Id: "watch-1", Kind: "watch", Status: "running", StartedAt: &ended},
		{Id: "shift-2", Kind: "shift", Status: "pending"},
		{Id: "watch-2", Kind: "watch", Status: "skipped"},
	}}
}

func TestProgressTellsStepsApartByTheirIDs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a, shown, d := &app{err: &out}, progress{}, inStages()
	a.showProgress(&shown, d)
	a.showProgress(&shown, d)
	began, ended := time.Unix(3, 0), time.Unix(4, 0)
	d.Steps[2].Status, d.Steps[2].StartedAt, d.Steps[2].EndedAt = "succeeded", &began, &ended
	a.showProgress(&shown, d)
	require.Equal(t, []string{"✓ shift-1 2.0s", "• watch-1", "✓ shift-2 1.0s"}, strings.Split(strings.TrimSpace(out.String()), "\n"),
		"each step once, and none that is to come or was not reached")
}

func TestProgressInJSONNamesStepAndKind(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a, shown := &app{out: &out, json: true}, progress{}
	a.showProgress(&shown, inStages())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.JSONEq(t, `{"deployment_id": "dep_1", "step": "shift-1", "kind": "shift", "status": "succeeded"}`, lines[0])
	require.JSONEq(t, `{"deployment_id": "dep_1", "step": "watch-1", "kind": "watch", "status": "running"}`, lines[1])
}
