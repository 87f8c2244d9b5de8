package activities_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
)

// shelf is a registry that hands out tokens which say what they are for.
type shelf struct {
	held  []string // servers; "" is the registry
	added []string
}

func (s *shelf) PushToken(o artifact.Owner, _ time.Duration) (string, error) {
	return "push to " + o.Repository(), nil
}

func (s *shelf) PullToken(
	_ context.Context,
	o artifact.Owner,
	_ string,
	life time.Duration,
) (manifest, token string, err error) {
	if !slices.Contains(s.held, "") {
		return "", "", artifact.Errorf(artifact.ManifestUnknown, "no such manifest")
	}
	if life < activities.TransferDeadline {
		return "", "", artifact.Errorf(artifact.Denied, "a token of %s ends before the transfer must", life)
	}
	return "sha256:manifest", "pull from " + o.Repository(), nil
}

func (s *shelf) Add(_ context.Context, _, serverID, digest string) error {
	s.added = append(s.added, serverID+" "+digest)
	return nil
}

func (s *shelf) Locations(context.Context, string, string) (out []artifact.Location, err error) {
	for _, server := range s.held {
		out = append(out, artifact.Location{Server: server})
	}
	return out, nil
}

// withShelf is a stage whose platform has a registry.
func withShelf(t *testing.T) (*stage, *shelf) {
	t.Helper()
	s, registry := newStage(t), &shelf{}
	s.env.RegisterActivity(&activities.Places{Artifacts: registry})
	s.env.RegisterActivity(&activities.Agents{
		Hub: s.Fleet, Vault: s.Vault, Log: s.Log, Locate: s.Fleet.Locate, Artifacts: registry, Patience: 1,
	})
	return s, registry
}

func (s *stage) transfer() activities.Transfer {
	return activities.Transfer{
		Subject: activities.Subject{
			Organization: s.Org,
			ProjectID:    s.Project,
			ServiceID:    s.Service,
			ServerID:     s.Server,
		},
		Work: "dep_1", Runtime: "process", Digest: "sha256:x",
	}
}

func TestPushAndPullArtifact_giveATokenOfTheServiceOnly(t *testing.T) {
	t.Parallel()
	s, registry := withShelf(t)
	repository := s.Org + "/" + s.Service
	_, err := do[wire.ArtifactPushed](s, "PushArtifact", s.transfer())
	require.NoError(t, err)
	push, _ := activitytest.Sent[wire.PushArtifact](s.Agent, wire.KindPush)
	require.Equal(t, wire.Registry{Repository: repository, Token: "push to " + repository}, push.Registry)

	_, err = do[wire.ArtifactPulled](s, "PullArtifact", s.transfer())
	_, f := failure(t, err)
	require.Equal(t, "no_artifact", f.Code, "the registry does not have it")
	registry.held = []string{""}
	_, err = do[wire.ArtifactPulled](s, "PullArtifact", s.transfer())
	require.NoError(t, err)
	pull, _ := activitytest.Sent[wire.PullArtifact](s.Agent, wire.KindPull)
	require.Equal(
		t,
		wire.Registry{Repository: repository, Token: "pull from " + repository, Manifest: "sha256:manifest"},
		pull.Registry,
	)
	require.Contains(t, registry.added, s.Server+" sha256:x", "it is known at once that the server holds it")
	require.Len(t, s.Agent.Commands(), 2, "repeated calls are one command each")
}

func TestStart_saysWhereToGetAnArtifactThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held func(server string) []string
		pull bool
	}{
		"the server holds it":         {func(server string) []string { return []string{server, ""} }, false},
		"only the registry has it":    {func(string) []string { return []string{"srv_other", ""} }, true},
		"another server has it alone": {func(string) []string { return []string{"srv_other"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, registry := withShelf(t)
			plan := s.begin(s.Request(deployment.Deploy, ""))
			made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
			require.NoError(t, err)
			require.Contains(t, registry.added, s.Server+" "+made.Artifact.Digest)
			registry.held = c.held(s.Server)
			_, err = s.env.ExecuteActivity("Switch", activities.Order{Plan: plan, Release: &made, Call: 2})
			require.NoError(t, err)
			start, found := activitytest.Sent[wire.Start](s.Agent, wire.KindStart)
			require.True(t, found)
			require.Equal(t, c.pull, start.Pull != nil)
		})
	}
}
