package projections

import (
	"context"
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
)

// DesiredOf returns what should be on a server, for its agent to compare with what is, and whose server it is. A
// service that is not listed should not be there. NotFound where the server is none of ours.
func (q *Queries) DesiredOf(ctx context.Context, serverID string) (org string, desired []wire.DesiredService, err error) {
	owner, err := selectRows(ctx, q, scope{settingServer, serverID}, servers, `WHERE id = $1`, serverID)
	if err != nil {
		return "", nil, err
	}
	if len(owner) == 0 {
		return "", nil, domain.Errorf(domain.NotFound, "server %q does not exist", serverID)
	}
	rows, err := selectRows(ctx, q, scope{settingServer, serverID}, services, `WHERE servers ? $1 OR left_servers ? $1 ORDER BY id`, serverID)
	if err != nil {
		return "", nil, err
	}
	desired = []wire.DesiredService{}
	addresses, err := q.peerAddresses(ctx, owner[0].org, rows)
	if err != nil {
		return "", nil, err
	}
	for _, r := range rows {
		if slices.Contains(r.doc.Servers, serverID) || r.doc.passesOn(serverID) {
			desired = append(desired, r.doc.desired(serverID, addresses))
		}
	}
	return owner[0].org, desired, nil
}

// artifactsOf picks the releases whose artifacts a server keeps. It reads a few rows of each service, by the indexes of
// releases, and not every release that ever was.
const artifactsOf = `WHERE org_id = $1 AND id = ANY(ARRAY(
		SELECT kept.id FROM rm.service s CROSS JOIN LATERAL (
			(SELECT r.id FROM rm.release r WHERE r.service_id = s.id AND r.activated_at IS NOT NULL ORDER BY r.seq DESC LIMIT $3)
			UNION
			(SELECT r.id FROM rm.release r WHERE r.service_id = s.id AND r.state <> '` + ReleaseRetired + `')
		) kept WHERE s.servers ? $2
	)) ORDER BY seq`

// ArtifactsOf returns the digests that a server has to keep: of each service's releases that can be gone back to, and of
// those that are not retired.
func (q *Queries) ArtifactsOf(ctx context.Context, org, serverID string) ([]string, error) {
	rows, err := selectRows(ctx, q, organizationScope(org), releases, artifactsOf, org, serverID, KeptReleases)
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

// desired returns what should be of a service on a server. Where it is not placed, or not yet, the server keeps what runs
// there and is told nothing of the traffic: a deployment is at work there. Where it was placed before, nothing of it is kept.
func (s serviceRow) desired(serverID string, addresses map[string]string) wire.DesiredService {
	d := wire.DesiredService{
		Service: s.ID,
		Split:   s.Split,
		Stopped: s.Stopped,
		Keep:    []string{},
		Settled: len(s.Underway) == 0 && len(s.Pending) == 0,
	}
	switch {
	case s.Placement.Has(serverID):
		d.Peers = s.peers(serverID, addresses)
	case s.passesOn(serverID):
		d.Peers, d.Left = s.peers(serverID, addresses), true
		return d
	default:
		d.Split = nil
	}
	keep := append(s.Split.Releases(), s.Warm...)
	for _, release := range append(keep, slices.Sorted(maps.Values(s.Underway))...) {
		if release != "" && !slices.Contains(d.Keep, release) {
			d.Keep = append(d.Keep, release)
		}
	}
	return d
}
