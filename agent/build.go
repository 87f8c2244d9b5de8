package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/source"
)

// shipWait is how long a finished build waits for its log to reach the control plane, so that whoever follows it reads
// the last line before the outcome.
const shipWait = 2 * time.Second

// build fetches a source and makes an artifact of it.
func (a *Agent) build(ctx context.Context, t *task, b wire.Build) (built wire.Built, err error) {
	t.note("waiting for another build on this server")
	select {
	case a.builds <- struct{}{}:
		defer func() { <-a.builds }()
	case <-ctx.Done():
		return wire.Built{}, context.Cause(ctx)
	}
	began := time.Now()
	secrets := maps.Clone(b.Secrets)
	if secrets == nil {
		secrets = map[string]string{}
	}
	secrets["token of the repository"] = b.Token
	out := &buildLog{agent: a, owner: b.Owner, mask: masker(secrets)}
	if t.again {
		out.say("the agent was restarted in the middle: the build begins anew")
	}
	defer func() {
		last := out.end()
		wait, cancel := context.WithTimeout(ctx, shipWait)
		defer cancel()
		_ = a.spool.Acked(wait, last) // it is in the spool in any case
		var told *runtime.Error
		if errors.As(err, &told) {
			err = &runtime.Error{Code: told.Code, Message: out.mask.Replace(told.Message)}
		} else if err != nil {
			err = errors.New(out.mask.Replace(err.Error()))
		}
	}()
	if err := disk.Dir(a.buildsDir()); err != nil {
		return wire.Built{}, err
	}
	dir, err := os.MkdirTemp(a.buildsDir(), "b")
	if err != nil {
		return wire.Built{}, fmt.Errorf("make a build directory: %w", err)
	}
	defer os.RemoveAll(dir)
	t.note("fetching the source")
	tree, commit, err := a.fetch(ctx, b, dir)
	if err != nil {
		return wire.Built{}, err
	}
	b, overrides, err := withFile(b, tree)
	if err != nil {
		return wire.Built{}, err
	}
	rt, err := a.builder(b, tree)
	if err != nil {
		return wire.Built{}, err
	}
	t.note(wire.NoteSourceReady)
	artifact, err := rt.Build(ctx, runtime.BuildSpec{
		Organization: b.Owner.Organization, Project: b.Owner.Project, Service: b.Owner.Service, Deployment: b.Owner.Deployment,
		Dir: tree, Dockerfile: b.Dockerfile, Target: b.Target, Args: b.Args, Secrets: b.Secrets, Command: b.Command, MaxBytes: b.MaxBytes,
	}, out)
	if err != nil {
		return wire.Built{}, err
	}
	a.holdings.change()
	return wire.Built{
		Runtime: rt.Name(), Digest: artifact.Digest, SizeBytes: artifact.SizeBytes, Port: artifact.Port,
		Commit: commit.SHA, Branch: commit.Branch, Subject: commit.Subject, Millis: time.Since(began).Milliseconds(),
		Overrides: overrides,
	}, nil
}

// withFile puts what the source's syntra.yaml says of the build in the place of the service's settings, and answers all it
// says for the release to carry.
func withFile(b wire.Build, tree string) (wire.Build, json.RawMessage, error) {
	file, err := source.Config(tree)
	if err != nil || file == nil {
		return b, nil, err
	}
	b.Runtime, b.Dockerfile = cmp.Or(file.Build.Runtime, b.Runtime), cmp.Or(file.Build.Dockerfile, b.Dockerfile)
	b.Target, b.Command = cmp.Or(file.Build.Target, b.Target), cmp.Or(file.Build.Command, b.Command)
	if len(file.Build.Args) > 0 {
		args := maps.Clone(b.Args)
		if args == nil {
			args = map[string]string{}
		}
		maps.Copy(args, file.Build.Args)
		b.Args = args
	}
	if file.Run.DiskMB > 0 {
		b.MaxBytes = int64(file.Run.DiskMB) << 20
	}
	raw, err := file.Overrides()
	return b, raw, err
}

// builder chooses the runtime: the one asked for; docker where the source has a Dockerfile; else what is there.
func (a *Agent) builder(b wire.Build, tree string) (runtime.Runtime, error) {
	if b.Runtime != "" {
		return a.runtimeOf(b.Runtime)
	}
	file := b.Dockerfile
	if file == "" {
		file = "Dockerfile"
	}
	_, err := os.Stat(filepath.Join(tree, file))
	wanted := "process"
	if b.Dockerfile != "" || err == nil {
		wanted = "docker"
	}
	if rt := a.runtimes[wanted]; rt != nil {
		return rt, nil
	}
	return a.opts.Runtimes[0], nil
}
