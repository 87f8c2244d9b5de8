// Package exec runs commands inside replicas, with their input and output as streams over the session they came by.
package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Runner runs commands in this server's replicas.
type Runner struct {
	Runtimes replica.Runtimes
	State    *state.Store
}

// Run runs a command in a replica. id is the command's own, by which its streams were
// opened.
func (r *Runner) Run(ctx context.Context, streams *Streams, id string, e wire.Exec) (wire.Executed, error) {
	if len(e.Argv) == 0 {
		return wire.Executed{}, errors.New("exec needs a command")
	}
	in, err := r.target(ctx, e)
	if err != nil {
		return wire.Executed{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := streams.of(id)
	if x == nil {
		return wire.Executed{}, fmt.Errorf("exec: %d commands run over this connection already: end some first", maxExecs)
	}
	x.bind(cancel)
	code, err := in.Runtime.Exec(ctx, in.Name, e.Argv, input{x}, output{x, false}, output{x, true})
	if err != nil {
		return wire.Executed{}, fmt.Errorf("exec in replica %d: %w", in.Labels.Replica, err)
	}
	return wire.Executed{ExitCode: code}, nil
}

// target finds the replica by name, or the live release's first that runs.
func (r *Runner) target(ctx context.Context, e wire.Exec) (replica.Replica, error) {
	release := ""
	if svc, known := r.State.Service(e.Owner.Service); known && e.Instance == "" {
		release = svc.Split.Live()
	}
	list, err := r.Runtimes.Of(ctx, e.Owner.Service, release)
	if err != nil {
		return replica.Replica{}, err
	}
	i := slices.IndexFunc(list, func(x replica.Replica) bool {
		return x.State == runtime.Running && (e.Instance == "" || x.Name == e.Instance)
	})
	if i < 0 {
		return replica.Replica{}, errors.New("exec: no such replica runs on this server")
	}
	return list[i], nil
}
