package logs

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/mask"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/telemetry"
)

// Build spools a build's output line by line, with the secrets' values hidden.
type Build struct {
	to    *Log
	owner wire.Owner
	mask  *mask.Mask

	mu   sync.Mutex
	rest []byte // a line without its end yet
}

// NewBuild makes the log of a build.
func (l *Log) NewBuild(owner wire.Owner, m *mask.Mask) *Build {
	return &Build{to: l, owner: owner, mask: m}
}

// Write takes the next part of the output. It never fails: a full disk must not break a build.
func (b *Build) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest = append(b.rest, p...)
	for {
		line, after, found := bytes.Cut(b.rest, []byte("\n"))
		if !found && len(b.rest) < telemetry.MaxBody {
			return len(p), nil
		}
		if !found {
			line, after = b.rest[:telemetry.MaxBody], b.rest[telemetry.MaxBody:]
		}
		b.emit(telemetry.Build, string(bytes.TrimSuffix(line, []byte("\r"))))
		b.rest = bytes.Clone(after)
	}
}

// Say writes a line of Syntra's own.
func (b *Build) Say(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emit(telemetry.System, text)
}

// End spools what is left, and waits until the control plane has the last line or ctx ends: whoever follows the log then
// reads it before the outcome.
func (b *Build) End(ctx context.Context) {
	_ = b.to.spool.Acked(ctx, b.flush()) // it is in the spool in any case
}

// flush spools what is left, and returns the number of the last line.
func (b *Build) flush() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) > 0 {
		b.emit(telemetry.Build, string(b.rest))
		b.rest = nil
	}
	return b.to.spool.Last()
}

func (b *Build) emit(stream telemetry.Stream, text string) {
	b.to.write(spool.Line{Record: telemetry.Record{
		At: time.Now(), Organization: b.owner.Organization, Project: b.owner.Project, Service: b.owner.Service,
		Deployment: b.owner.Deployment, Stream: stream, Body: b.mask.Hide(text),
	}})
}
