package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/docker/go-units"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/artifact/token"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/vault"
)

// registryOptions are the flags of the artifact registry.
type registryOptions struct {
	Dir   string
	Quota size
}

func (o *registryOptions) addFlags(cmd *cobra.Command) {
	o.Quota = 50 << 30
	f := cmd.Flags()
	f.StringVar(
		&o.Dir,
		"artifacts",
		"",
		"folder of the artifact registry, the same for all replicas (default: artifacts in the data folder)",
	)
	f.Var(
		&o.Quota,
		"registry-quota",
		"how much the artifacts of one organization may take in the registry (0: no bound)",
	)
}

// size is a flag of bytes, such as 50GiB.
type size int64

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	n, err := units.RAMInBytes(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no size: write it like 50GiB", text)
	}
	*s = size(n)
	return nil
}

// String implements pflag.Value.
func (s *size) String() string { return strings.ReplaceAll(registry.Bytes(int64(*s)), " ", "") }

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }

// openRegistry opens the artifact registry. What it keeps is known from read models that know all that the log does.
func openRegistry(
	ctx context.Context,
	o platformOptions,
	p *platform,
	pool *pgxpool.Pool,
	secrets *vault.Vault,
	metrics prometheus.Registerer,
) (*registry.Registry, error) {
	dir := o.Registry.Dir
	if dir == "" {
		dir = filepath.Join(o.DataDir, "artifacts")
	}
	blobs, err := blob.OpenFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another folder with --artifacts", err)
	}
	r, err := registry.New(ctx, registry.Options{
		Pool:   pool,
		Blobs:  blobs,
		Tokens: &token.Signer{Passes: secrets},
		Quota:  int64(o.Registry.Quota),
		Needed: func(ctx context.Context, org string) ([]string, error) {
			if err := p.knowsAll(ctx, "service", "release"); err != nil {
				return nil, fmt.Errorf("what the releases of organization %s need is not known now: %w", org, err)
			}
			return p.queries.KeptArtifacts(ctx, org)
		},
		Logger:  o.Logger,
		Metrics: metrics,
	})
	if err == nil && r.Stranger() != nil {
		o.Logger.Warn("the artifact registry is not served here", "folder", dir, "error", r.Stranger())
	}
	return r, err
}

// knowsAll waits until read models know all that the log holds now.
func (p *platform) knowsAll(ctx context.Context, models ...string) error {
	head, err := p.log.Head(ctx)
	if err == nil {
		err = p.runner.WaitFor(ctx, head)
	}
	if err == nil {
		err = p.runner.Sound(models...)
	}
	return err
}

// faces is the API, with the registry and the address for other replicas beside it.
func faces(face http.Handler, agents *hub.Hub, artifacts *registry.Registry) http.Handler {
	internal, v2 := agents.InternalHandler(), artifacts.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, hub.InternalPath):
			internal.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, registry.Path):
			v2.ServeHTTP(w, r)
		default:
			face.ServeHTTP(w, r)
		}
	})
}
