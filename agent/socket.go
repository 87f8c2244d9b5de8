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

	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/local"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// errSuspended ends an agent that was suspended.
var errSuspended = fmt.Errorf("suspended: %w", life.ErrShutdown)

// serveSocket answers agent/local on a Unix socket that only this user can open.
func (a *Agent) serveSocket(ctx context.Context) error {
	path := local.SocketPath(a.opts.DataDir)
	// What stands there is a dead agent's: we hold the directory's lock.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listen for local commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
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
		return fmt.Errorf("local socket: %w", err)
	}
	return nil
}

func (a *Agent) serveStatus(w http.ResponseWriter, _ *http.Request) {
	s := local.Status{PID: os.Getpid(), Version: a.opts.Version, Instance: a.identity.Instance(), Connected: a.link.Load() != nil, SpooledRecords: a.spool.Waiting()}
	if id := a.server.Load(); id != nil {
		s.ServerID = *id
	}
	for _, i := range a.services.Instances() {
		if i.State == runtime.Running {
			s.Replicas++
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s) // the caller may be gone
}

// serveSuspend stops all replicas and then the agent. What they need to run again stays, and so does the intent.
func (a *Agent) serveSuspend(w http.ResponseWriter, r *http.Request) {
	// Commands that it ends are done anew when they come again after the next start.
	if err := a.services.Suspend(r.Context(), a.commands.Interrupt); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	a.life.End(errSuspended)
}
