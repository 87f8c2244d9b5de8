package main

import (
	"context"
	"net/url"
	"time"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// Lines of a build travel a road of their own and arrive a moment after its step is told.
const (
	lineDelay   = 5 * time.Second // no line takes longer
	quiet       = time.Second     // without a line for so long, all have come
	quietAtMost = 10 * time.Second
	buildStep   = "build"
)

// builtLately reports whether lines of the build may still be on their way.
func builtLately(d syntra.Deployment) bool {
	for _, s := range d.Steps {
		if s.Kind == buildStep && s.EndedAt != nil && d.EndedAt != nil {
			return d.EndedAt.Sub(*s.EndedAt) < lineDelay
		}
	}
	return false
}

// waitForQuiet returns when no line was printed for a while.
func waitForQuiet(ctx context.Context, printed <-chan struct{}) {
	deadline := time.After(quietAtMost)
	for {
		select {
		case <-printed:
		case <-time.After(quiet):
			return
		case <-deadline:
			return
		case <-ctx.Done():
			return
		}
	}
}

// showBuild prints the build's output, and tells of each line.
func (a *app) showBuild(ctx context.Context, api *syntra.API, id string, printed chan<- struct{}) {
	for line, err := range api.FollowDeploymentLogs(ctx, id, url.Values{"stream": {"build"}}) {
		if err != nil {
			a.say("%s", a.paint.amber("the build's output cannot be shown: "+err.Error()))
			return
		}
		a.say("  %s %s", a.paint.dim("│"), printable(line.Body, bool(a.paint)))
		select {
		case printed <- struct{}{}:
		default:
		}
	}
}
