// Package temporal runs the Temporal server and its Web UI inside this process, on the platform's PostgreSQL.
// Only cmd/syntra may import it: linking the server costs a minute and 100 MB.
package temporal

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"go.temporal.io/sdk/client"
)

// Options of the embedded server.
type Options struct {
	// DatabaseURL of the PostgreSQL that keeps its state, in schemas of its own. No superuser is needed.
	DatabaseURL string
	// Port of the frontend on 127.0.0.1; 0 takes a free one. It is unauthenticated: every local user may connect.
	Port   int
	Logger *slog.Logger
}

// Server is a running Temporal.
type Server struct {
	server temporal.Server
	addr   string
}

// Start migrates the schema, starts all services and waits until the frontend answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	store, err := parseStore(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	logger := newLogger(o.Logger)
	if err := store.migrate(ctx, logger); err != nil {
		return nil, err
	}
	ports, err := freePorts(8)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	if o.Port != 0 {
		ports[0] = o.Port
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(serverConfig(store, ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(loopback(ports[0])),
			primitives.HistoryService:  static.SingleLocalHost(loopback(ports[1])),
			primitives.MatchingService: static.SingleLocalHost(loopback(ports[2])),
			primitives.WorkerService:   static.SingleLocalHost(loopback(ports[3])),
		}),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithCustomMetricsHandler(metrics.NoopMetricsHandler),
		temporal.WithDynamicConfigClient(smallBox()),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("temporal: start: %w", err)
	}
	s := &Server{server: server, addr: loopback(ports[0])}
	if err := s.awaitReady(ctx); err != nil {
		_ = server.Stop()
		return nil, err
	}
	return s, nil
}

// Addr is the frontend's host:port.
func (s *Server) Addr() string { return s.addr }

// Stop ends all services; it takes a second or two.
func (s *Server) Stop() error { return s.server.Stop() }

func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		c, err := client.DialContext(ctx, client.Options{HostPort: s.addr, Logger: quiet{}})
		if err == nil {
			c.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporal: the frontend on %s does not answer: %w", s.addr, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// freePorts holds all listeners open until the last is chosen, so that no port is given twice.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
