// Package hubtest runs a control plane's hub for tests: the real one, over a real socket and a real log.
package hubtest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/id"
)

// Org owns every server that AddServer makes.
var Org = id.Derived(id.Organization, "hubtest")

// Heartbeat of the tests' hubs: the shortest that the wire can say.
const Heartbeat = time.Second

// Plane is a control plane of one or more hubs over one database.
type Plane struct {
	T    testing.TB
	Pool *pgxpool.Pool
	Log  *eventstore.Log
	Sink *Sink
}

// New makes a plane without any hub yet.
func New(t testing.TB) *Plane {
	t.Helper()
	pool := postgrestest.New(t)
	store := postgres.New(pool, Quiet())
	return &Plane{T: t, Pool: pool, Log: &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}, Sink: NewSink()}
}

// Quiet drops what is logged.
func Quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Replica is a running hub and its address.
type Replica struct {
	*hub.Hub
	URL  string
	addr string
	kill func()
	stop func()
}

// Start runs a hub. at is an address to listen on again, or "".
func (p *Plane) Start(at string, change func(*hub.Options)) *Replica {
	p.T.Helper()
	opts := hub.Options{
		Log: p.Log, Pool: p.Pool, Lookup: p.Lookup, Logs: p.Sink, Logger: Quiet(), Replica: "r1",
		Heartbeat: Heartbeat, Grace: 500 * time.Millisecond,
	}
	if change != nil {
		change(&opts)
	}
	if at == "" {
		at = "127.0.0.1:0"
	}
	var l net.Listener
	require.Eventually(p.T, func() bool {
		var err error
		l, err = net.Listen("tcp", at)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "listen on %s", at)
	conns := &connections{Listener: l}
	url := "http://" + l.Addr().String()
	if opts.InternalAddress == "" {
		opts.InternalAddress = url
	}
	r := &Replica{Hub: hub.New(opts), URL: url, addr: l.Addr().String()}
	routes := http.NewServeMux()
	routes.Handle("/", r.Handler())
	routes.Handle("/internal/", r.InternalHandler())
	srv := &http.Server{Handler: routes}
	go func() { _ = srv.Serve(conns) }()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	var once sync.Once
	r.stop = func() { once.Do(func() { cancel(); <-done; _ = srv.Close() }) }
	// As close to kill -9 as one process can come: the sockets die, and nothing is told or written.
	r.kill = func() { once.Do(func() { conns.cut(); cancel(); <-done; _ = srv.Close() }) }
	p.T.Cleanup(func() { r.stop(); cancel(); conns.cut() })
	return r
}

// Stop ends the hub in order.
func (r *Replica) Stop() { r.stop() }

// Addr is where it listens.
func (r *Replica) Addr() string { return r.addr }

// AddServer registers a server and answers its id and join token.
func (p *Plane) AddServer(name string) (serverID, token string) {
	p.T.Helper()
	serverID, token = id.New(id.Server), "syj_"+id.New(id.Token)
	p.Change(serverID, func(s *server.Server) ([]domain.Event, error) {
		return s.Register(serverID, name, token[:8], Hash(token))
	})
	return serverID, token
}

// Change makes a decision on a server.
func (p *Plane) Change(serverID string, decide func(*server.Server) ([]domain.Event, error)) {
	p.T.Helper()
	_, err := eventstore.Execute(context.Background(), p.Log, server.Stream(serverID), eventstore.Command{
		ID: id.New(id.Command), Organization: Org, Actor: domain.System("test"),
	}, decide)
	require.NoError(p.T, err)
}

// Hash is how a token is recorded.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Events returns the types of a server's events and its presence's, in the log's order.
func (p *Plane) Events(serverID string) []string {
	p.T.Helper()
	var all []eventstore.Recorded
	for _, stream := range []string{server.Stream(serverID), server.PresenceStream(serverID)} {
		for r, err := range p.Log.Read(context.Background(), stream, 0) {
			require.NoError(p.T, err)
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b eventstore.Recorded) int { return cmp.Compare(a.Position, b.Position) })
	var types []string
	for _, r := range all {
		types = append(types, r.Type)
	}
	return types
}

// Connected reports whether the log believes the server's agent to be connected.
func (p *Plane) Connected(serverID string) bool {
	p.T.Helper()
	s, err := eventstore.Load[server.Presence](context.Background(), p.Log, server.PresenceStream(serverID))
	require.NoError(p.T, err)
	return s.State.Connected
}

// Facts returns what the agent of a server said of its host when it last connected.
func (p *Plane) Facts(serverID string) (facts server.Connected) {
	p.T.Helper()
	for r, err := range p.Log.Read(context.Background(), server.PresenceStream(serverID), 0) {
		require.NoError(p.T, err)
		e, err := p.Log.Codec.Decode(r.Type, r.Version, r.Data)
		require.NoError(p.T, err)
		if c, ok := e.(server.Connected); ok {
			facts = c
		}
	}
	return facts
}

// Server returns a server as its stream tells it.
func (p *Plane) Server(serverID string) *server.Server {
	p.T.Helper()
	s, err := eventstore.Load[server.Server](context.Background(), p.Log, server.Stream(serverID))
	require.NoError(p.T, err)
	return s.State
}

// Lookup does what the read model does, straight from the log.
func (p *Plane) Lookup(ctx context.Context, hash string) (org, serverID string, err error) {
	all, _, err := p.Log.ReadAll(ctx, eventstore.Cursor{}, eventstore.Filter{}, 10_000)
	if err != nil {
		return "", "", err
	}
	servers := map[string]*server.Server{}
	for _, r := range all {
		e, err := p.Log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return "", "", err
		}
		if servers[r.Stream] == nil {
			servers[r.Stream] = &server.Server{}
		}
		servers[r.Stream].Apply(e)
	}
	for _, s := range servers {
		if hash == s.JoinHash || hash == s.CredentialHash || hash == s.PreviousHash {
			return Org, s.ID, nil
		}
	}
	return "", "", domain.Errorf(domain.NotFound, "no such token")
}

// connections can cut all that a listener accepted.
type connections struct {
	net.Listener
	mu  sync.Mutex
	all []net.Conn
}

func (c *connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.mu.Lock()
		c.all = append(c.all, conn)
		c.mu.Unlock()
	}
	return conn, err
}

func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.all {
		_ = conn.Close()
	}
}

// Kill cuts everything without a word.
func (r *Replica) Kill() { r.kill() }
