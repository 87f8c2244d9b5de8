package agent

import (
	"context"
	"path/filepath"

	"github.com/syntra-dev/syntra/agent/artifacts"
	"github.com/syntra-dev/syntra/agent/build"
	"github.com/syntra-dev/syntra/agent/certificate"
	"github.com/syntra-dev/syntra/agent/command"
	"github.com/syntra-dev/syntra/agent/exec"
	"github.com/syntra-dev/syntra/agent/lock"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/plane"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/service"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
)

// wire makes the parts of an agent that has its files open.
func (a *Agent) wire() (err error) {
	o, runtimes, locks := a.opts, replica.Runtimes(a.opts.Runtimes), &lock.Locks{}
	a.plane = &plane.Plane{URL: o.URL, Token: o.Token, Version: o.Version, Identity: a.identity, HTTP: o.HTTP}
	a.logs = logs.New(a.spool, o.LinesPerSecond, a.log)
	a.artifacts = artifacts.New(runtimes, a.state, o.URL, o.HTTP, a.log)
	a.execs = &exec.Runner{Runtimes: runtimes, State: a.state}
	a.builds, err = build.New(build.Options{
		Dir:      filepath.Join(o.DataDir, "builds"),
		Runtimes: runtimes,
		Logs:     a.logs,
		Slots:    o.Builds,

		RepositoryRoots: o.RepositoryRoots,
		Download:        a.plane.Download,
		Built:           a.artifacts.Changed,
	})
	if err != nil {
		return err
	}
	a.services = service.New(service.Options{
		Runtimes:  runtimes,
		Edge:      o.Edge,
		State:     a.state,
		Locks:     locks,
		Logs:      a.logs,
		Artifacts: a.artifacts,
		Life:      a.life,
		Logger:    a.log,
		Probe:     o.Probe,
		Watch:     o.Watch,
		Liveness:  o.Liveness,
		Settle:    o.Settle,
		Owes:      func(service string) bool { return a.commands.Owes(service) },
	})
	a.commands = command.New(command.Options{
		Journal:  a.journal,
		State:    a.state,
		Locks:    locks,
		Life:     a.life,
		Logger:   a.log,
		Handlers: a.handlers(),
		Changed:  a.services.Look,
		Send:     a.send,
	})
	return a.certify()
}

// handlers are the commands that this agent knows.
func (a *Agent) handlers() map[wire.Kind]command.Handler {
	return map[wire.Kind]command.Handler{
		wire.KindBuild: command.For(func(ctx context.Context, t *command.Task, b wire.Build) (wire.Built, error) {
			return a.builds.Build(ctx, t.Note, t.Again, b)
		}),
		wire.KindStart:   command.Alone(a.services.Start),
		wire.KindHealth:  command.Beside(a.services.Health),
		wire.KindRoute:   command.Alone(a.services.Route),
		wire.KindDrain:   command.Beside(a.services.Drain),
		wire.KindStop:    command.Alone(a.services.Stop),
		wire.KindPush:    command.Beside(a.artifacts.Push),
		wire.KindPull:    command.Beside(a.artifacts.Pull),
		wire.KindObserve: command.Beside(a.services.Observe),
		wire.KindExec: command.For(func(ctx context.Context, t *command.Task, e wire.Exec) (wire.Executed, error) {
			return a.execs.Run(ctx, t.Origin.Streams, t.ID, e)
		}),
		wire.KindTail: command.Beside(a.services.Tail),
	}
}

// certify makes the part that keeps what other servers know this one by.
func (a *Agent) certify() error {
	store, err := certificate.Open(a.opts.DataDir, a.log)
	if err != nil {
		return err
	}
	a.certificates = certificate.NewKeeper(certificate.Options{
		Store:  store,
		Edge:   a.opts.Edge,
		Every:  a.opts.Certify,
		Logger: a.log,
		Name: func() *authority.Name {
			if a.link.Load() == nil {
				return nil
			}
			return a.name.Load()
		},
		Send: a.send,
	})
	return nil
}
