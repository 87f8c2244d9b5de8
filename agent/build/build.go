// Package build makes artifacts of sources: it fetches a source, chooses who builds it, and spools what the build prints.
package build

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/mask"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/source"
)

// shipWait is how long a finished build waits for its log to reach the control plane, so that whoever follows it reads
// the last line before the outcome.
const shipWait = 2 * time.Second

// Options of a Builder. All are required.
type Options struct {
	// Dir is the builder's alone; what a crash left there of builds is removed.
	Dir      string
	Runtimes replica.Runtimes
	Logs     *logs.Log
	// RepositoryRoots are folders of this server below which a build's repository may lie. None: it is fetched from a URL.
	RepositoryRoots []string
	// Slots is how many builds run at a time.
	Slots int
	// Download gets a file of at most limit bytes from the control plane, and returns its digest (see plane.Plane).
	Download func(ctx context.Context, path string, to io.Writer, limit int64) (digest string, err error)
	// Built is called when there is a new artifact.
	Built func()
}

// Builder builds on one server.
type Builder struct {
	opts  Options
	slots chan struct{}
}

// New makes a Builder.
func New(o Options) (*Builder, error) {
	// Sources and half-made trees.
	if err := os.RemoveAll(o.Dir); err != nil {
		return nil, fmt.Errorf("clean up after builds: %w", err)
	}
	return &Builder{opts: o, slots: make(chan struct{}, o.Slots)}, nil
}

// Build fetches a source and makes an artifact of it. again says that an earlier try was cut short by the agent's end.
func (u *Builder) Build(ctx context.Context, note func(string), again bool, b wire.Build) (built wire.Built, err error) {
	note("waiting for another build on this server")
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return wire.Built{}, context.Cause(ctx)
	}
	began := time.Now()
	secrets := maps.Clone(b.Secrets)
	if secrets == nil {
		secrets = map[string]string{}
	}
	secrets["token of the repository"] = b.Token
	hidden := mask.Of(secrets, mask.Secrets)
	out := u.opts.Logs.NewBuild(b.Owner, hidden)
	if again {
		out.Say("the agent was restarted in the middle: the build begins anew")
	}
	defer func() {
		wait, cancel := context.WithTimeout(ctx, shipWait)
		defer cancel()
		out.End(wait)
		var told *runtime.Error
		if errors.As(err, &told) {
			err = &runtime.Error{Code: told.Code, Message: hidden.Hide(told.Message)}
		} else if err != nil {
			err = errors.New(hidden.Hide(err.Error()))
		}
	}()
	if err := disk.Dir(u.opts.Dir); err != nil {
		return wire.Built{}, err
	}
	dir, err := os.MkdirTemp(u.opts.Dir, "b")
	if err != nil {
		return wire.Built{}, fmt.Errorf("make a build directory: %w", err)
	}
	defer os.RemoveAll(dir)
	note("fetching the source")
	tree, commit, err := u.fetch(ctx, b, dir)
	if err != nil {
		return wire.Built{}, err
	}
	b, overrides, err := withFile(b, tree)
	if err != nil {
		return wire.Built{}, err
	}
	rt, err := runtime.Choose(runtime.Wanted{
		Dir:        tree,
		Dockerfile: b.Dockerfile,
		Runtime:    b.Runtime,
		LacksTools: func() bool { return lacksTools(tree, b.Command) },
	}, u.opts.Runtimes.Answering(ctx))
	if err != nil {
		return wire.Built{}, err
	}
	note(wire.NoteSourceReady)
	artifact, err := rt.Build(ctx, runtime.BuildSpec{
		Organization: b.Owner.Organization, Project: b.Owner.Project, Service: b.Owner.Service, Deployment: b.Owner.Deployment,
		Dir: tree, Dockerfile: b.Dockerfile, Target: b.Target, Args: b.Args, Secrets: b.Secrets, Mask: hidden, Command: b.Command, MaxBytes: b.MaxBytes,
	}, out)
	if err != nil {
		return wire.Built{}, err
	}
	u.opts.Built()
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

// lacksTools reports whether a source that could be built is missing tools of this server only.
func lacksTools(tree, command string) bool {
	has := func(tool string) bool { _, err := exec.LookPath(tool); return err == nil }
	plan, err := source.Plan(tree, "", command, has)
	return err == nil && len(plan.Lacking(has)) > 0
}
