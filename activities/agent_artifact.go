package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
)

// TransferDeadline is how long an agent may take to push or pull an artifact.
const TransferDeadline = 30 * time.Minute

// Transfer is an artifact that is to go from the server where it is to another.
type Transfer struct {
	// Subject is whose artifact it is; its server is the one that the activity is about.
	Subject
	// Work is the deployment or operation that needs it.
	Work    string `json:"work"`
	Runtime string `json:"runtime"`
	Digest  string `json:"digest"`
	// Attempt tells commands apart whose outcome was a failure of the agent's own.
	Attempt int `json:"attempt,omitempty"`
}

// On is the same transfer, for what is done on a server.
func (t Transfer) On(serverID string, attempt int) Transfer {
	t.ServerID, t.Attempt = serverID, attempt
	return t
}

func (t Transfer) owner() artifact.Owner {
	return artifact.Owner{Organization: t.Organization, Service: t.ServiceID}
}

func (t Transfer) commandID(what string) string {
	return t.Work + "/" + what + "/" + t.ServerID + "/" + t.Digest + "/" + strconv.Itoa(t.Attempt+1)
}

// PushArtifact brings an artifact from a server to the registry. What the registry has already is not sent.
func (a *Agents) PushArtifact(ctx context.Context, t Transfer) (wire.ArtifactPushed, error) {
	return resultWithHeartbeats(ctx, func(ctx context.Context, note func(string)) (wire.ArtifactPushed, error) {
		if a.Artifacts == nil {
			return wire.ArtifactPushed{}, noRegistry()
		}
		token, err := a.Artifacts.PushToken(t.owner(), TransferDeadline+margin)
		if err != nil {
			return wire.ArtifactPushed{}, fmt.Errorf("let server %s push an artifact: %w", t.ServerID, err)
		}
		return ask[wire.ArtifactPushed](ctx, a, t.ServerID, t.commandID("push"), wire.KindPush, wire.PushArtifact{
			Owner: t.Subject.owner(t.Work), Runtime: t.Runtime, Digest: t.Digest,
			Registry: wire.Registry{Repository: t.owner().Repository(), Token: token},
		}, TransferDeadline, note)
	})
}

// PullArtifact brings an artifact from the registry to a server. It fails with code "no_artifact" where the registry
// does not have it (any more): push it again.
func (a *Agents) PullArtifact(ctx context.Context, t Transfer) (wire.ArtifactPulled, error) {
	return resultWithHeartbeats(ctx, func(ctx context.Context, note func(string)) (wire.ArtifactPulled, error) {
		if a.Artifacts == nil {
			return wire.ArtifactPulled{}, noRegistry()
		}
		from, err := a.pullFrom(ctx, t.Subject, t.Digest)
		if artifact.CodeOf(err) == artifact.ManifestUnknown {
			return wire.ArtifactPulled{}, failed(ErrTypeAgent, Failure{Code: runtime.CodeNoArtifact,
				Reason: "the artifact is not in the registry any more: deploy the service again"})
		}
		if err != nil {
			return wire.ArtifactPulled{}, err
		}
		pulled, err := ask[wire.ArtifactPulled](
			ctx,
			a,
			t.ServerID,
			t.commandID("pull"),
			wire.KindPull,
			wire.PullArtifact{
				Owner: t.Subject.owner(t.Work), Runtime: t.Runtime, Digest: t.Digest, Registry: *from,
			},
			TransferDeadline,
			note,
		)
		if err == nil {
			err = a.Artifacts.Add(ctx, t.Organization, t.ServerID, t.Digest)
		}
		return pulled, err
	})
}

func noRegistry() error {
	return failed(ErrTypeRefused, Failure{Code: "no_registry", Reason: "this platform has no artifact registry"})
}

// pullFrom is where a service's artifact can be had, and a token for it.
func (a *Agents) pullFrom(ctx context.Context, s Subject, digest string) (*wire.Registry, error) {
	owner := artifact.Owner{Organization: s.Organization, Service: s.ServiceID}
	manifest, token, err := a.Artifacts.PullToken(ctx, owner, digest, TransferDeadline+margin)
	if err != nil {
		return nil, fmt.Errorf("let server %s pull an artifact: %w", s.ServerID, err)
	}
	return &wire.Registry{Repository: owner.Repository(), Token: token, Manifest: manifest}, nil
}

// pullIfAway is where a server can get an artifact that it is not known to hold; nil where it holds it, or nobody else
// does: then the agent says so.
func (a *Agents) pullIfAway(ctx context.Context, s Subject, digest string) (*wire.Registry, error) {
	if a.Artifacts == nil {
		return nil, nil
	}
	places, err := a.Artifacts.Locations(ctx, s.Organization, digest)
	if err != nil {
		return nil, err
	}
	here := func(l artifact.Location) bool { return l.Server == cmp.Or(s.ServerID, "none") }
	if slices.ContainsFunc(places, here) || !slices.ContainsFunc(places, artifact.Location.InRegistry) {
		return nil, nil
	}
	from, err := a.pullFrom(ctx, s, digest)
	if artifact.CodeOf(err) == artifact.ManifestUnknown { // the registry has it of another service only
		return nil, nil
	}
	return from, err
}
