package main

import (
	"fmt"
	"log/slog"

	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/client"
	tlog "go.temporal.io/sdk/log"
)

func dialTemporal(address string, logger *slog.Logger) (client.Client, error) {
	c, err := client.Dial(client.Options{
		HostPort:           address,
		Logger:             tlog.NewStructuredLogger(logger.With("part", "temporal")),
		ContextPropagators: workflows.Propagators(),
	})
	if err != nil {
		return nil, fmt.Errorf("reach Temporal at %s: %w", address, err)
	}
	return c, nil
}
