package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/syntra-dev/syntra/agent/local"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// errSuspended ends an agent that was suspended.
var errSuspended = fmt.Errorf("suspended: %w", errShutdown)

// serveSocket answers agent/local on a Unix socket that only this user can open.
func (a *Agent) serveSocket(ctx context.Context) error {
	path := local.SocketPath(a.opts.DataDir)
	// What stands there is a dead agent's: we hold the directory's lock.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("agent: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("agent: listen for local commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", a.serveStatus)
	mux.HandleFunc("POST /v1/suspend", a.serveSuspend)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		wait, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = srv.Shutdown(wait) // lets an answer go out; the process ends anyway
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("agent: local socket: %w", err)
	}
	return nil
}

func (a *Agent) serveStatus(w http.ResponseWriter, _ *http.Request) {
	s := local.Status{PID: os.Getpid(), Version: a.opts.Version, Instance: a.identity.Instance(), Connected: a.session.Load() != nil, SpooledRecords: a.spool.Waiting()}
	if id := a.serverID.Load(); id != nil {
		s.ServerID = *id
	}
	for _, i := range a.instances() {
		if i.State == runtime.Running {
			s.Replicas++
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s) // the caller may be gone
}

// serveSuspend stops all replicas and then the agent. What they need to run again stays, and so does the intent.
func (a *Agent) serveSuspend(w http.ResponseWriter, r *http.Request) {
	a.suspended.Store(true)
	if err := a.suspend(r.Context()); err != nil {
		a.suspended.Store(false)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	a.end(errSuspended)
}

// suspendGrace is what each replica gets to end, at most.
const suspendGrace = 10 * time.Second

func (a *Agent) suspend(ctx context.Context) error {
	a.commands.mu.Lock()
	for _, c := range a.commands.running {
		c.cancel(errShutdown) // done anew when it comes again after the next start
	}
	a.commands.mu.Unlock()
	for _, service := range a.state.Services() {
		unlock, err := a.locks.lock(ctx, service)
		if err != nil {
			return err
		}
		defer unlock()
	}
	list, err := a.replicas(ctx)
	if err != nil {
		return err
	}
	_, err = a.halt(ctx, list, suspendGrace, false)
	return err
}
