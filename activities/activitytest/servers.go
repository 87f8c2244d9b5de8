package activitytest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/id"
)

// AddServer is another server of the organization, with its agent.
func (h *House) AddServer(t testing.TB, name string) (serverID string, agent *Agent) {
	t.Helper()
	serverID, agent = id.New(id.Server), NewAgent()
	h.Fleet.join(serverID, agent)
	Tell(h, server.Stream(serverID), func(s *server.Server) ([]domain.Event, error) {
		return s.Register(serverID, name, "syj_", strings.Repeat("0", 64))
	})
	return serverID, agent
}

// RequestPlacement asks for the service to run on servers, and returns the deployment's id.
func (h *House) RequestPlacement(servers ...string) string {
	h.t.Helper()
	r := deployment.Requested{
		DeploymentID: id.New(id.Deployment),
		ServiceID:    h.Service,
		ProjectID:    h.Project,
		Kind:         deployment.Place,
		Placement:    service.On(servers...),
	}
	Tell(h, deployment.Stream(r.DeploymentID), func(d *deployment.Deployment) ([]domain.Event, error) { return d.Request(r) })
	return r.DeploymentID
}

// Members are the ids of the services on a server's list.
func (h *House) Members(serverID string) []string {
	h.t.Helper()
	return See[server.Server](h, server.Stream(serverID)).Services
}

// Registry stands for the platform's: it knows where artifacts are, and hands out tokens. The agents of these tests
// send none.
type Registry struct{ *registry.Places }

// PushToken returns a token that nobody looks at.
func (Registry) PushToken(artifact.Owner, time.Duration) (string, error) { return "push", nil }

// PullToken returns a manifest and a token that nobody looks at.
func (Registry) PullToken(context.Context, artifact.Owner, string, time.Duration) (manifest, token string, err error) {
	return "sha256:manifest", "pull", nil
}
