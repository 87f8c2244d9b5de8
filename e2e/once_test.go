package e2e

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// limit bounds a load whose test died.
const limit = 5 * time.Minute

// eventually waits for a condition until the story's deadline.
func eventually(ctx context.Context, t *testing.T, what string, holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// create makes a project and a service in it.
func create(ctx context.Context, t *testing.T, p *harness.Platform, project, slug, serverID string) projections.Service {
	t.Helper()
	var made projections.Project
	require.NoError(t, p.Do(ctx, http.MethodPost, "/projects", map[string]string{"slug": project}, &made))
	var service projections.Service
	require.NoError(t, p.Do(ctx, http.MethodPost, "/services", map[string]string{"project_id": made.ID, "server_id": serverID, "slug": slug}, &service))
	return service
}

func TestFiftyIdenticalRequestsAreOneDeployment(t *testing.T) {
	ctx, p := story(t)
	first, err := p.Deploy(ctx, program(t, "one", nil), "once", "web")
	require.NoError(t, err)

	var wg sync.WaitGroup
	ids, errs := make([]string, 50), make([]error, 50)
	for i := range ids {
		wg.Go(func() {
			var d projections.Deployment
			errs[i] = p.Do(ctx, http.MethodPost, "/services/"+first.ServiceID+"/deployments", map[string]string{"kind": "redeploy"}, &d, "Idempotency-Key", "the-very-same")
			ids[i] = d.ID
		})
	}
	wg.Wait()

	for i := range ids {
		require.NoError(t, errs[i])
		require.Equal(t, ids[0], ids[i])
	}
	_, err = p.Succeeded(ctx, ids[0])
	require.NoError(t, err)
	var all struct {
		Items []projections.Deployment `json:"items"`
	}
	require.NoError(t, p.Do(ctx, http.MethodGet, "/deployments?"+url.Values{"service": {first.ServiceID}}.Encode(), nil, &all))
	require.Len(t, all.Items, 2, "the first deployment and one for the fifty")
}

// isRunning reports whether a step of a kind runs.
func isRunning(d projections.Deployment, kind deployment.StepKind) bool {
	return slices.ContainsFunc(d.Steps, func(s projections.Step) bool {
		return s.Kind == kind && s.Status == projections.StepRunning
	})
}
