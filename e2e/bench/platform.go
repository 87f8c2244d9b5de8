package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// measurePlatform measures on one `syntra dev`: what it takes when idle, then deployments and rollbacks.
func measurePlatform(ctx context.Context, s settings, r *report) (err error) {
	dir, err := os.MkdirTemp("", "syntra-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := harness.Start(ctx, harness.Options{DataDir: dir})
	if p != nil {
		defer p.Clean()
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, logs(dir))
		}
	}()
	if err := measureMemory(ctx, s, p, r); err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	hand, err := newByHand(ctx)
	if errors.Is(err, errNoDocker) {
		r.note("Deploy and rollback are left out: no Docker engine answers.")
		return nil
	}
	if err != nil {
		return err
	}
	defer hand.clean()
	r.note("%s", hand.builder(ctx))
	service, err := firstDeploy(ctx, p, hand)
	if err != nil {
		return err
	}
	defer service.remove(hand)
	if err := measureDeploy(ctx, s, service, hand, r); err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	if err := measureRollback(ctx, s, service, hand, r); err != nil {
		return fmt.Errorf("rollback: %w", err)
	}
	return nil
}

// logs are the last lines of the platform's and the agent's logs, for a person who must find out what failed.
func logs(dataDir string) string {
	var text strings.Builder
	for _, name := range []string{"syntra.log", filepath.Join("agent", "agent.log")} {
		raw, err := os.ReadFile(filepath.Join(dataDir, name))
		if err != nil {
			continue
		}
		fmt.Fprintf(&text, "--- %s\n%s", name, raw[max(0, len(raw)-3000):])
	}
	return text.String()
}

// pause lets what a turn left behind come to rest, so that the next one does not pay for it.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
