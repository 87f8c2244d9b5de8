package registry_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/registry"
)

func TestTransfersAreCounted(t *testing.T) {
	t.Parallel()
	metrics := prometheus.NewRegistry()
	h := newHouse(t, func(o *registry.Options) { o.Metrics = metrics })
	over := overHTTP{t, h}
	a := artifacttest.Image(t, "config", strings.Repeat("layer", 1000))
	_, err := over.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	require.NoError(t, over.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard))
	h.visit(t, artifacttest.Ours).do("BREW", "/v2/", "")

	all, err := metrics.Gather()
	require.NoError(t, err)
	sums, methods := map[string]float64{}, map[string]bool{}
	for _, family := range all {
		for _, m := range family.GetMetric() {
			sums[family.GetName()] += m.GetCounter().GetValue()
			for _, label := range m.GetLabel() {
				if label.GetName() == "method" {
					methods[label.GetValue()] = true
				}
			}
		}
	}
	const blobs = 5*1000 + len("config")
	require.EqualValues(t, blobs, sums["syntra_registry_received_bytes_total"])
	require.EqualValues(t, blobs, sums["syntra_registry_sent_bytes_total"])
	require.Greater(t, sums["syntra_registry_requests_total"], 8.0)
	require.NotContains(t, methods, "BREW", "strangers make no labels")
}
