// Package edge is the proxy in front of the services: a process of its own, driven by the agent over a Unix socket
// (package control), that goes on serving when agent and platform are gone.
//
// Certificates come from Caddy's TLS app (package certs). HTTP/1.1 is served by package serve, HTTP/2 by net/http and
// HTTP/3 by quic-go: Caddy's servers would clone each request for its log, and belong to Caddy's one global
// configuration, whose replacement drops requests. So the listeners are ours to hand to a successor, and traffic is
// shifted by swapping one pointer.
package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/certs"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/peer"
	"github.com/syntra-dev/syntra/edge/perclient"
	"github.com/syntra-dev/syntra/edge/proxy"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/serve"
	"github.com/syntra-dev/syntra/edge/state"
	"github.com/syntra-dev/syntra/edge/trust"
)

// startWithin bounds the wait for another edge that is just starting.
const startWithin = 30 * time.Second

// edge is one running edge.
type edge struct {
	o      Options
	log    *slog.Logger
	dir    state.Dir
	router *route.Router
	certs  *certs.Authority

	http, https *listener
	peer        *listener
	servers     []*serve.Server
	h3          *h3
	failed      chan error // a server ended by itself

	credentials peer.Credentials

	control  net.Listener
	admin    *http.Server
	retiring atomic.Bool

	// gate is held for reading by every change, and for writing while the edge is handed over.
	gate      sync.RWMutex
	closing   bool          // stopped or handed over; guarded by gate
	handed    chan struct{} // closed when a successor serves
	successor *net.UnixConn
	keepers   []net.Conn   // who holds the listening sockets, too; guarded by gate
	link      *http.Server // what the successor drives the rest of this edge by

	predecessor predecessor
}

// Run serves until ctx ends (the edge stops gracefully) or another edge has taken over and the last connection has
// ended; both return nil. A running edge with the same socket is taken over.
func Run(ctx context.Context, o Options) error {
	if err := o.complete(); err != nil {
		return err
	}
	dir, err := state.Open(o.DataDir)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		// What lives is a few megabytes, what passes through is many: with the default the collector hardly pauses.
		debug.SetGCPercent(300)
	}
	e := &edge{o: o, log: o.Logger, dir: dir, failed: make(chan error, 4), handed: make(chan struct{})}
	if err := e.start(ctx); err != nil {
		e.abandon()
		return fmt.Errorf("starting the edge: %w", err)
	}
	if o.OnReady != nil {
		o.OnReady(e.status())
	}
	select {
	case <-ctx.Done():
		e.stop()
		return nil
	case <-e.handed:
		e.retire(ctx)
		return nil
	case err := <-e.failed:
		e.stop()
		return fmt.Errorf("the edge cannot go on: %w", err)
	}
}

func (e *edge) start(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	unlock, err := e.dir.Lock(limited)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := inherit(limited, e.o.Socket)
	if err != nil {
		return err
	}
	defer old.discard()
	if err := e.restore(ctx, old == nil); err != nil {
		return err
	}
	if err := e.listen(ctx, old); err != nil {
		return err
	}
	if err := e.serve(); err != nil {
		return err
	}
	if err := e.openControl(old); err != nil {
		return err
	}
	e.log.Info("edge serves", "pid", os.Getpid(), "http", e.http.Addr(), "https_port", portOf(e.httpsListener()), "took_over", old != nil)
	return nil
}

// restore brings back the table. After a crash the replicas may be gone, too, so they are probed.
func (e *edge) restore(ctx context.Context, probe bool) error {
	e.router = route.New(e.log, e.dir.SaveTable)
	t, err := e.dir.LoadTable(e.log)
	if err != nil {
		return fmt.Errorf("reading the saved table: %w", err)
	}
	e.router.DialPeer = e.credentials.Dial
	e.router.Restore(t)
	e.restoreIdentity()
	if probe {
		e.router.Probe(ctx)
	}
	return nil
}

// listen opens or inherits the sockets, and remembers their ports.
func (e *edge) listen(ctx context.Context, old *inheritance) (err error) {
	before, kept := e.dir.LoadPorts(), kept(e.o.Sockets)
	defer kept.discard()
	open := func(name, addr, before string, trusted trust.Networks, clients *perclient.Count) (*listener, error) {
		l := old.take(name, addr)
		if l == nil {
			l = kept.take(name, addr)
		}
		if l == nil {
			if l, err = listen(ctx, addr, before, e.log); err != nil {
				return nil, fmt.Errorf("listening for %s: %w", name, err)
			}
		}
		return newListener(l, trusted, clients)
	}
	clients := perclient.New(e.o.ConnectionsPerClient)
	if e.http, err = open("http", e.o.HTTPAddr, before.HTTP, e.o.trusted, clients); err != nil {
		return err
	}
	ports := state.Ports{HTTP: e.http.Addr().String()}
	if e.o.HTTPSAddr != "" {
		if e.https, err = open("https", e.o.HTTPSAddr, before.HTTPS, e.o.trusted, clients); err != nil {
			return err
		}
		ports.HTTPS = e.https.Addr().String()
	}
	if e.o.PeerAddr != "" {
		if e.peer, err = open("peer", e.o.PeerAddr, before.Peer, nil, nil); err != nil {
			return err
		}
		ports.Peer = e.peer.Addr().String()
	}
	return e.dir.SavePorts(ports)
}

// serve starts answering requests.
func (e *edge) serve() (err error) {
	front := &proxy.Handler{
		Router:   e.router,
		Log:      e.log,
		Retiring: &e.retiring,
		Pace:     proxy.Pace{Patience: e.o.ClientPatience, MinRate: int64(e.o.ClientMinRate)},
		Trusted:  e.o.trusted,
		Requests: perclient.New(e.o.RequestsPerClient),
	}
	if e.https != nil {
		e.certs, err = certs.Start(certs.Options{
			Dir: filepath.Join(string(e.dir), "certs"), Issuer: e.o.TLS.Issuer, Email: e.o.TLS.Email, CA: e.o.TLS.CA,
			Allowed: e.router.Knows, Logger: e.log,
		})
		if err != nil {
			return err
		}
		e.h3 = newH3(e.https.Addr().(*net.TCPAddr), e.certs.TLSConfig(), front, e.log)
		advertising := e.h3.advertise(front)
		secure := e.newServer(advertising)
		secure.TLS, secure.HTTP2 = e.certs.TLSConfig(), e.newHTTP2(advertising)
		e.run(func() error { return secure.Serve(e.https) })
		go e.h3.serve()
	}
	if e.peer != nil {
		e.servePeers()
	}
	plain := e.newServer(e.plainFront(front))
	e.run(func() error { return plain.Serve(e.http) })
	return nil
}

func (e *edge) run(serve func() error) {
	go func() {
		if err := serve(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			select {
			case e.failed <- err:
			default:
			}
		}
	}()
}

// listeners are all that are open.
func (e *edge) listeners() (out []*listener) {
	for _, l := range []*listener{e.http, e.https, e.peer} {
		if l != nil {
			out = append(out, l)
		}
	}
	return out
}

func (e *edge) httpsListener() net.Listener {
	if e.https == nil {
		return nil
	}
	return e.https
}

func (e *edge) status() control.Status {
	return control.Status{
		PID:       os.Getpid(),
		Version:   e.o.Version,
		HTTPPort:  portOf(e.http),
		HTTPSPort: portOf(e.httpsListener()),
		Peer:      e.peerStatus(),
	}
}
