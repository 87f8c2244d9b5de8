package projections

import (
	"context"
	"slices"
)

// artifactsKept picks the releases of an organization whose artifacts may be needed, see artifactsOf.
const artifactsKept = `WHERE org_id = $1 AND id = ANY(ARRAY(
		SELECT kept.id FROM rm.service s CROSS JOIN LATERAL (
			(SELECT r.id FROM rm.release r WHERE r.service_id = s.id AND r.activated_at IS NOT NULL ORDER BY r.seq DESC LIMIT $2)
			UNION
			(SELECT r.id FROM rm.release r WHERE r.service_id = s.id AND r.state <> '` + ReleaseRetired + `')
		) kept WHERE s.org_id = $1
	)) ORDER BY seq`

// KeptArtifacts returns the digests that an organization's registry has to keep: those of each service's releases that
// can be gone back to, and of those that are not retired, wherever they run.
func (q *Queries) KeptArtifacts(ctx context.Context, org string) ([]string, error) {
	rows, err := selectRows(ctx, q, organizationScope(org), releases, artifactsKept, org, KeptReleases)
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
