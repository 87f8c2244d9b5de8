// Package artifacts brings artifacts from and to registries, tells which are on this server, and deletes those that nothing
// needs any more.
package artifacts

import (
	"log/slog"
	"net/http"

	"github.com/syntra-dev/syntra/agent/lock"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/state"
)

// Keeper keeps the artifacts of one server.
type Keeper struct {
	runtimes replica.Runtimes
	state    *state.Store
	url      string
	http     *http.Client
	log      *slog.Logger
	pulls    lock.Locks // by digest
	changed  chan struct{}
	prunings prunings
}

// New makes a Keeper. url is the control plane's, whose registry is meant where a command names none.
func New(runtimes replica.Runtimes, s *state.Store, url string, client *http.Client, logger *slog.Logger) *Keeper {
	return &Keeper{runtimes: runtimes, state: s, url: url, http: client, log: logger, changed: make(chan struct{}, 1)}
}
