package projections

import (
	"context"
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
)

// DesiredOf answers what should be on a server, for its agent to compare with what is, and whose server it is. A
// service that is not listed should not be there. NotFound where the server is none of ours.
func (q *Queries) DesiredOf(ctx context.Context, serverID string) (org string, desired []wire.DesiredService, err error) {
	owner, err := selectRows(ctx, q, scope{settingServer, serverID}, servers, `WHERE id = $1`, serverID)
	if err != nil {
		return "", nil, err
	}
	if len(owner) == 0 {
		return "", nil, domain.Errorf(domain.NotFound, "server %q does not exist", serverID)
	}
	rows, err := selectRows(ctx, q, scope{settingServer, serverID}, services, `WHERE server_id = $1 ORDER BY id`, serverID)
	if err != nil {
		return "", nil, err
	}
	desired = []wire.DesiredService{}
	for _, r := range rows {
		desired = append(desired, r.doc.desired())
	}
	return owner[0].org, desired, nil
}

// ArtifactsOf answers the digests that a server has to keep: of each service's releases that can be gone back to, and of
// those that are not retired.
func (q *Queries) ArtifactsOf(ctx context.Context, org, serverID string) ([]string, error) {
	rows, err := selectRows(ctx, q, organizationScope(org), releases, `JOIN (
			SELECT id AS ranked, row_number() OVER (PARTITION BY service_id, doc ? 'activated_at' ORDER BY seq DESC) AS place
			FROM rm.release WHERE service_id IN (SELECT id FROM rm.service WHERE server_id = $2)
		) places ON id = ranked
		WHERE org_id = $1 AND (doc->>'state' <> $3 OR doc ? 'activated_at' AND place <= $4)
		ORDER BY seq`, org, serverID, ReleaseRetired, KeptReleases)
	if err != nil {
		return nil, err
	}
	digests := []string{}
	for _, r := range rows {
		if !slices.Contains(digests, r.doc.Artifact.Digest) {
			digests = append(digests, r.doc.Artifact.Digest)
		}
	}
	return digests, nil
}

func (s serviceRow) desired() wire.DesiredService {
	d := wire.DesiredService{Service: s.ID, Stopped: s.Stopped, Keep: []string{}, Settled: len(s.Underway) == 0 && len(s.Pending) == 0}
	keep := slices.Clone(s.Warm)
	if s.Live != nil {
		d.Live = s.Live.ID
		keep = append([]string{d.Live}, keep...)
	}
	for _, release := range append(keep, slices.Sorted(maps.Values(s.Underway))...) {
		if release != "" && !slices.Contains(d.Keep, release) {
			d.Keep = append(d.Keep, release)
		}
	}
	return d
}
