package activities

import (
	"context"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// Build makes the artifact on the server and records the release.
func (a *Agents) Build(ctx context.Context, o Order) (release.Created, error) {
	// What a build says is not passed on to Temporal: it may hold anything.
	return resultWithHeartbeats(ctx, func(ctx context.Context, _ func(string)) (release.Created, error) { return a.build(ctx, o) })
}

func (a *Agents) build(ctx context.Context, o Order) (release.Created, error) {
	p := o.Plan
	key := func(k string) string { return k + "/" + strconv.Itoa(o.Call) }
	if _, err := say(ctx, a.Log, p.ref(), key(o.step(deployment.Source).ID), open(o.step(deployment.Source))); err != nil {
		return release.Created{}, err
	}
	cmd, err := a.buildCommand(ctx, p)
	if err != nil {
		return release.Created{}, err
	}
	fetched, over := make(chan struct{}, 1), make(chan struct{})
	moved := a.whenFetched(ctx, o, fetched, over)
	built, err := ask[wire.Built](ctx, a, p.ServerID, o.commandID(deployment.Build), wire.KindBuild, cmd, BuildDeadline(p.Config), func(text string) {
		if text == wire.NoteSourceReady {
			select {
			case fetched <- struct{}{}:
			default:
			}
		}
	})
	close(over)
	if refusal := <-moved; refusal != nil && err == nil {
		err = refusal
	}
	if _, f := FailureOf(err); err != nil && (f.Code == "" || f.Code == runtime.CodeBadSource) {
		return release.Created{}, err
	}
	// The agent came past the source, whether or not its note arrived: a failure is the build's.
	if refusal := o.advance(ctx, a.Log, deployment.Source, sourceEvidence(p.Source)); refusal != nil && err == nil {
		err = refusal
	}
	if err != nil {
		return release.Created{}, err
	}
	if a.Artifacts != nil { // at once: the next step may ask where it is before the agent tells by itself
		if err := a.Artifacts.Add(ctx, p.Organization, p.ServerID, built.Digest); err != nil {
			return release.Created{}, err
		}
	}
	evidence := map[string]string{
		"runtime": built.Runtime, "digest": built.Digest, "size_bytes": strconv.FormatInt(built.SizeBytes, 10), "ms": strconv.FormatInt(built.Millis, 10),
	}
	if err := o.advance(ctx, a.Log, deployment.Build, evidence); err != nil {
		return release.Created{}, err
	}
	if p.Config, err = p.Config.Overlay(built.Overrides); err != nil {
		return release.Created{}, refused(err)
	}
	commit := p.Source.Commit
	if built.Commit != "" {
		commit = release.Commit{SHA: built.Commit, Branch: built.Branch, Subject: built.Subject}
	}
	o.Plan = p
	return recordRelease(ctx, a.Log, o, release.Artifact{Runtime: built.Runtime, Digest: built.Digest, SizeBytes: built.SizeBytes, Port: built.Port}, commit)
}

// whenFetched moves on from the source step to the build step as soon as the agent says so.
func (a *Agents) whenFetched(ctx context.Context, o Order, fetched, over <-chan struct{}) <-chan error {
	done := make(chan error, 1)
	go func() {
		var err error
		select {
		case <-fetched:
			err = o.advance(ctx, a.Log, deployment.Source, sourceEvidence(o.Plan.Source))
		case <-over:
		}
		done <- err
	}()
	return done
}

// BuildDeadline is how long an agent may take to fetch a source and build it.
func BuildDeadline(c service.Config) time.Duration {
	return time.Duration(c.WithDefaults().Build.TimeoutSeconds) * time.Second
}

func (a *Agents) buildCommand(ctx context.Context, p Plan) (wire.Build, error) {
	c := p.Config
	cmd := wire.Build{
		Owner: p.owner(p.DeploymentID), UploadID: p.Source.UploadID, Digest: p.Source.UploadDigest,
		Repository: p.Source.Repository, Ref: p.Source.Ref, Directory: c.Source.Directory,
		Runtime: c.Build.Runtime, Dockerfile: c.Build.Dockerfile, Target: c.Build.Target, Args: c.Build.Args, Command: c.Build.Command,
		MaxBytes: int64(c.Run.DiskMB) << 20,
	}
	names := append([]string{}, c.Build.Secrets...)
	token := ""
	if p.Source.Repository != "" && c.Source.TokenName != "" {
		token = c.Source.TokenName
		names = append(names, token)
	}
	if len(names) == 0 {
		return cmd, nil
	}
	values, err := a.environment(ctx, p.Subject, p.EnvVersion, names...)
	if err != nil {
		return cmd, err
	}
	cmd.Token, cmd.Secrets = values[token], map[string]string{}
	for _, name := range c.Build.Secrets {
		cmd.Secrets[name] = values[name]
	}
	return cmd, nil
}

func sourceEvidence(s deployment.SourceRef) map[string]string {
	if s.Repository != "" {
		return map[string]string{"repository": s.Repository, "ref": s.Ref}
	}
	return map[string]string{"upload": s.UploadID, "digest": s.UploadDigest}
}
