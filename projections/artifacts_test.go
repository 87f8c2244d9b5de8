package projections_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/projections"
)

func TestAServerKeepsWhatCanBeGoneBackTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.service("svc_2", "api", "prj_1", "srv_1")
	kept := func() []string {
		w.settle()
		digests, err := w.ArtifactsOf(w.ctx, w.org, "srv_1")
		require.NoError(t, err)
		return digests
	}
	require.Equal(t, []string{}, kept(), "none, which is not the same as not known")

	w.deploy("dep_x", "svc_2", "rel_x", 1)
	want := []string{"sha256:rel_x"}
	for n := 1; n <= projections.KeptReleases+2; n++ {
		id := fmt.Sprintf("%02d", n)
		w.deploy("dep_"+id, "svc_1", "rel_"+id, n)
		w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) {
			return s.RetireRelease("rel_" + fmt.Sprintf("%02d", n-1))
		})
		if n > 2 {
			want = append(want, "sha256:rel_"+id)
		}
	}
	// However often a build comes to nothing, it takes no place.
	w.request("dep_bad", "svc_1", deployment.Deploy, "")
	w.step("dep_bad", deployment.Source, deployment.Build)
	w.release("rel_bad", "svc_1", "dep_bad", projections.KeptReleases+3)
	require.Equal(t, append(want, "sha256:rel_bad"), kept(), "what a deployment works on stays")
	w.onDeployment("dep_bad", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("unhealthy", "no answer") })
	require.Equal(t, want, kept())
	rel, err := w.Release(w.ctx, w.org, "rel_bad")
	require.NoError(t, err)
	require.Nil(t, rel.ActivatedAt)

	all, err := w.KeptArtifacts(w.ctx, w.org)
	require.NoError(t, err)
	require.Equal(t, want, all, "the registry keeps what all servers together keep")
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Delete() })
	require.Equal(t, want[:1], kept(), "nobody goes back to a deleted service")
	all, err = w.KeptArtifacts(w.ctx, w.org)
	require.NoError(t, err)
	require.Equal(t, want[:1], all)
	all, err = w.KeptArtifacts(w.ctx, "org_other")
	require.NoError(t, err)
	require.Equal(t, []string{}, all)
}

// plan is a node of what EXPLAIN says.
type plan struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []plan  `json:"Plans"`
}

func (p plan) rowsRead(relation string) (n float64) {
	if p.Relation == relation {
		n = (p.Rows + p.Removed) * p.Loops
	}
	for _, child := range p.Plans {
		n += child.rowsRead(relation)
	}
	return n
}

func TestWhatAServerKeepsIsFoundWithoutReadingEveryRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	w.settle()
	const many = 5000
	w.asRole("syntra.projector", "on", func(tx pgx.Tx) {
		_, err := tx.Exec(w.ctx, `INSERT INTO rm.release SELECT old.*
			FROM rm.release r, generate_series(1, $1) n, jsonb_populate_record(r,
				jsonb_build_object('id', 'rel_old_' || n, 'seq', -n, 'state', 'retired')) old WHERE r.id = 'rel_1'`, many)
		require.NoError(t, err)
		_, err = tx.Exec(w.ctx, `ANALYZE`)
		require.NoError(t, err)
		var raw []byte
		require.NoError(t, tx.QueryRow(w.ctx, `EXPLAIN (ANALYZE, FORMAT JSON) `+projections.ArtifactsQuery,
			w.org, "srv_1", projections.KeptReleases).Scan(&raw))
		var explained []struct{ Plan plan }
		require.NoError(t, json.Unmarshal(raw, &explained))
		read := explained[0].Plan.rowsRead("release")
		require.Greater(t, read, 0.0)
		require.Less(t, read, 100.0, "of %d releases:\n%s", many, raw)
	})
}
