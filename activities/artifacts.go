package activities

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/artifact"
)

// Artifacts is the platform's registry, as far as commands to agents need it.
type Artifacts interface {
	// PushToken returns a token by which artifacts of the owner can be pushed.
	PushToken(owner artifact.Owner, life time.Duration) (token string, err error)
	// PullToken returns the manifest that carries an artifact, which stays from now on for longer than the token is
	// good. What the registry does not have is an *artifact.Error of code ManifestUnknown.
	PullToken(
		ctx context.Context,
		owner artifact.Owner,
		digest string,
		life time.Duration,
	) (manifest, token string, err error)
	// Add records that a server holds an artifact.
	Add(ctx context.Context, org, serverID, digest string) error
	Locator
}

// Locator knows where artifacts are.
type Locator interface {
	Locations(ctx context.Context, org, digest string) ([]artifact.Location, error)
}

// Places know where artifacts are.
type Places struct {
	Artifacts Locator
}

// LocateArtifact returns where an artifact is: on servers, as their agents told last, and in the registry.
func (p *Places) LocateArtifact(ctx context.Context, org, digest string) ([]artifact.Location, error) {
	return p.Artifacts.Locations(ctx, org, digest)
}
