package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// Release is a release with where it came from.
type Release struct {
	ID            string           `json:"id"`
	ServiceID     string           `json:"service_id"`
	DeploymentID  string           `json:"deployment_id"`
	Number        int              `json:"number"`
	Artifact      release.Artifact `json:"artifact"`
	Commit        release.Commit   `json:"commit"`
	EnvVersion    int              `json:"env_version"`
	ConfigVersion int              `json:"config_version"`
	State         string           `json:"state"` // new (had no traffic yet), live (has some), warm, retired
	CreatedAt     time.Time        `json:"created_at"`
	// ActivatedAt is when it had traffic first; nil: never.
	ActivatedAt *time.Time `json:"activated_at,omitempty"`
}

// KeptReleases is how many releases of a service can be gone back to: the newest that had the traffic once. Servers keep
// their artifacts.
const KeptReleases = 10

// States of a release.
const (
	ReleaseNew     = "new"
	ReleaseLive    = "live"
	ReleaseWarm    = "warm"
	ReleaseRetired = "retired"
)

var releases = Table[Release]{
	Name: "release",
	Keys: []string{"service_id", "deployment_id"},
	// Of each service's releases, however many there are, a server asks for the last few and for those that run.
	Indexes: []string{
		`(service_id, seq) WHERE activated_at IS NOT NULL`,
		`(service_id) WHERE state <> '` + ReleaseRetired + `'`,
	},
}

func releaseModel() Model {
	return Model{Name: "release", Version: 5, Tables: []schema{releases}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[release.Created]) error {
			f := e.Fact
			releases.Insert(b, e.Recorded, f.ReleaseID, Release{
				ID: f.ReleaseID, ServiceID: f.ServiceID, DeploymentID: f.DeploymentID, Number: f.Number, Artifact: f.Artifact,
				Commit: f.Commit, EnvVersion: f.EnvVersion, ConfigVersion: f.ConfigVersion, State: ReleaseNew, CreatedAt: e.At,
			})
			return nil
		}),
		on(shiftReleases),
		on(func(ctx context.Context, b *Batch, e Event[service.ReleaseRetired]) error {
			return setReleaseState(ctx, b, e.Fact.ReleaseID, ReleaseRetired)
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Deleted]) error {
			return retire(ctx, b, "service_id", e.Subject(), ReleaseNew, ReleaseLive, ReleaseWarm)
		}),
		// What a deployment built and never made live goes with it.
		on(func(ctx context.Context, b *Batch, e Event[deployment.Failed]) error {
			return retire(ctx, b, "deployment_id", e.Subject(), ReleaseNew)
		}),
		on(func(ctx context.Context, b *Batch, e Event[deployment.Cancelled]) error {
			return retire(ctx, b, "deployment_id", e.Subject(), ReleaseNew)
		}),
	}}
}

// shiftReleases makes the releases live that have traffic from now on, and those warm that had some until now.
func shiftReleases(ctx context.Context, b *Batch, e Event[service.TrafficShifted]) error {
	for _, id := range e.Fact.Previous.Leaving(e.Fact.Split) {
		if err := setReleaseState(ctx, b, id, ReleaseWarm); err != nil {
			return err
		}
	}
	for _, id := range e.Fact.Split.Releases() {
		err := releases.Edit(ctx, b, id, func(r *Release) {
			r.State = ReleaseLive
			if r.ActivatedAt == nil {
				r.ActivatedAt = &e.At
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func setReleaseState(ctx context.Context, b *Batch, id, state string) error {
	return releases.Edit(ctx, b, id, func(r *Release) { r.State = state })
}

// retire ends the releases with a value in a key that are in one of some states.
func retire(ctx context.Context, b *Batch, key, value string, states ...string) error {
	ids, err := releases.Where(ctx, b, key, value)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := releases.Get(ctx, b, id)
		if err != nil {
			return err
		}
		for _, state := range states {
			if r.State == state {
				err = setReleaseState(ctx, b, id, ReleaseRetired)
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Releases returns a service's releases, newest first.
func (q *Queries) Releases(ctx context.Context, org, serviceID string, limit int, cursor string) ([]Release, string, error) {
	return pageOf(ctx, q, org, releases, match{{"service_id", serviceID}}, limit, cursor)
}

// Release returns one release.
func (q *Queries) Release(ctx context.Context, org, id string) (Release, error) {
	return one(ctx, q, org, releases, "release", id, `WHERE org_id = $1 AND id = $2`, org, id)
}
