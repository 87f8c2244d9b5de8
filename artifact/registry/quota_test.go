package registry_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/registry"
)

func TestAnOrganizationOverItsQuotaIsToldSo(t *testing.T) {
	t.Parallel()
	const quota = 150_000
	h := newHouse(t, func(o *registry.Options) { o.Quota = quota })
	push := func(owner artifact.Owner, a artifacttest.Artifact) error {
		_, err := overHTTP{t, h}.Push(t.Context(), owner, a.Digest, bytes.NewReader(a.Layout))
		return err
	}
	used := func(org string) int64 {
		bytes, limit, err := h.Used(t.Context(), org)
		require.NoError(t, err)
		require.EqualValues(t, quota, limit)
		return bytes
	}
	small := artifacttest.Image(t, "config", strings.Repeat("s", 60_000))
	require.NoError(t, push(artifacttest.Ours, small))
	before := used("org_a")
	require.Equal(t, small.Size, before)

	big := artifacttest.Image(t, "config of the big one", strings.Repeat("b", 100_000))
	err := push(artifacttest.Ours, big)
	require.True(t, artifact.IsQuota(err), "%v", err)
	require.ErrorContains(t, err, "quota")
	require.ErrorContains(t, err, "--registry-quota", "it says what to do")
	require.Less(t, used("org_a")-before, int64(1000), "nothing of the layer is kept")

	// What the organization has already is kept once, and another organization has a quota of its own.
	require.NoError(t, push(artifacttest.Sister, small))
	require.Less(t, used("org_a")-before, int64(1000))
	require.NoError(t, push(artifacttest.Theirs, big))

	// A client that does not say how much comes is cut off.
	v := h.visit(t, artifacttest.Ours)
	res, _ := v.do("POST", "/v2/"+artifacttest.Ours.Repository()+"/blobs/uploads/", "")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, h.url+res.Header.Get("Location"), endless{})
	require.NoError(t, err)
	req.SetBasicAuth("agent", v.token)
	res, err = http.DefaultClient.Do(req)
	if err == nil { // the answer may be lost with the connection
		require.Equal(t, http.StatusForbidden, res.StatusCode)
		require.NoError(t, res.Body.Close())
	}
	require.Less(t, used("org_a")-before, int64(1000))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestPushesAtOnceDoNotShareTheLastRoom(t *testing.T) {
	t.Parallel()
	const quota, size = 500_000, 100_000
	h := newHouse(t, func(o *registry.Options) { o.Quota = quota })
	var refused atomic.Int64
	g := errgroup.Group{}
	for i := range 12 {
		a := artifacttest.Image(t, "config", strings.Repeat(string(rune('a'+i)), size))
		g.Go(func() error {
			_, err := h.Push(context.Background(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
			if artifact.IsQuota(err) {
				refused.Add(1)
				return nil
			}
			return err
		})
	}
	require.NoError(t, g.Wait())
	bytes, _, err := h.Used(t.Context(), "org_a")
	require.NoError(t, err)
	require.LessOrEqual(t, bytes, int64(quota))
	require.GreaterOrEqual(t, refused.Load(), int64(12-quota/size))
}

func TestPostgresItselfKeepsOrganizationsApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for _, owner := range []artifact.Owner{artifacttest.Ours, artifacttest.Theirs} {
		a := artifacttest.Index(t, "config", "layer")
		_, err := h.Push(t.Context(), owner, a.Digest, bytes.NewReader(a.Layout))
		require.NoError(t, err)
		require.NoError(t, h.Tell(t.Context(), owner.Organization, "srv_1", []string{a.Digest}))
		res, _ := h.visit(t, owner).do("POST", "/v2/"+owner.Repository()+"/blobs/uploads/", "")
		require.Equal(t, http.StatusAccepted, res.StatusCode)
	}
	for _, table := range []string{"blob", "link", "upload", "manifest", "tag", "reference", "child", "location"} {
		for org, want := range map[string][]string{"": {}, "org_c": {}, "org_a": {"org_a"}, "org_b": {"org_b"}} {
			require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), `SELECT set_config('syntra.org_id', $1, true)`, org); err != nil {
					return err
				}
				rows, err := tx.Query(t.Context(), `SELECT DISTINCT org_id FROM artifact_`+table)
				if err != nil {
					return err
				}
				seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
				require.Equal(t, want, seen, "%s as %q", table, org)
				return err
			}))
		}
	}
}
