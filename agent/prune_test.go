package agent_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

func TestArtifactsThatNothingCanGoBackToAreDeleted(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.setup.Settle = "1ms"
	n.start()
	digests := map[string]string{}
	for _, version := range []string{"forgotten", "old", "live"} {
		source := runtimetest.ProcessSource(t, runtimetest.BuildOK)
		require.NoError(t, os.WriteFile(filepath.Join(source, "VERSION"), []byte(version), 0o600))
		id, digest := n.upload(source)
		digests[version] = must[wire.Built](n, "", wire.KindBuild, wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest}).Digest
	}
	n.live(release("svc_1", "rel_3", digests["live"], 1, map[string]string{"GREETING": "live"}))
	has := func(version string) bool {
		there, err := n.rt.Has(context.Background(), digests[version])
		require.NoError(t, err)
		return there
	}
	services := []wire.DesiredService{{Service: "svc_1", Split: traffic.All("rel_3"), Keep: []string{"rel_3"}, Settled: true}}

	n.want(services...) // an older control plane, which says nothing of artifacts
	n.forgotten()
	n.serves("live")
	require.True(t, has("forgotten"))

	n.mu.Lock()
	n.desired = &wire.Reconcile{Services: services, Artifacts: []string{digests["old"]}}
	n.mu.Unlock()
	soon(t, "what nothing needs is deleted", func() bool { return !has("forgotten") })
	require.True(t, has("old"), "the control plane can go back to it")
	require.True(t, has("live"), "it runs here")
}
