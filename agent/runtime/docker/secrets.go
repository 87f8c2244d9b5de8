package docker

import (
	"context"
	"fmt"
	"net"

	"github.com/docker/docker/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
)

// serveSecrets opens a BuildKit session over which RUN --mount=type=secret,id=NAME reads its value; it ends with ctx.
func (r *Runtime) serveSecrets(ctx context.Context, api *client.Client, values map[string]string) (string, error) {
	s, err := session.NewSession(ctx, "")
	if err != nil {
		return "", fmt.Errorf("open a build session: %w", err)
	}
	raw := map[string][]byte{}
	for name, value := range values {
		raw[name] = []byte(value)
	}
	s.Allow(secretsprovider.FromMap(raw))
	go func() {
		err := s.Run(ctx, func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return api.DialHijack(ctx, "/session", proto, meta)
		})
		if err != nil && ctx.Err() == nil {
			r.logger.Warn("a build session broke", "error", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s.ID(), nil
}
