package logs_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestShippingGoesOnAfterAnAcknowledgementThatCannotBeKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := spool.Open(dir, 1<<20)
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	var arrived atomic.Int64
	var shipper *logs.Shipper
	shipper = logs.New(s, logs.DefaultRate, quiet).NewShipper(func(_ string, v any) error {
		batch := v.(wire.Logs)
		arrived.Add(int64(len(batch.Records)))
		shipper.Acked(wire.LogsAck{Batch: batch.Batch})
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); shipper.Run(ctx) }()
	defer func() { cancel(); <-done }()

	// What is acknowledged cannot be written down from here on.
	meta := filepath.Join(dir, "meta.json")
	require.NoError(t, os.Remove(meta))
	require.NoError(t, os.MkdirAll(filepath.Join(meta, "in the way"), 0o700))
	for n := range 20 {
		require.NoError(t, s.Append(spool.Line{Record: telemetry.Record{Service: "svc", Body: strings.Repeat("x", 4<<10)}}))
		require.Eventually(t, func() bool { return arrived.Load() == int64(n+1) }, 10*time.Second, time.Millisecond)
	}
}
