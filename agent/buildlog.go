package agent

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/telemetry"
)

// buildLog spools a build's output line by line, with the secrets' values hidden.
type buildLog struct {
	agent *Agent
	owner wire.Owner
	mask  *strings.Replacer

	mu   sync.Mutex
	rest []byte // a line without its end yet
}

// Write takes the next part of the output. It never fails: a full disk must not break a build.
func (b *buildLog) Write(p []byte) (int, error) {
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

// say writes a line of Syntra's own.
func (b *buildLog) say(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emit(telemetry.System, text)
}

// end spools what is left, and answers the number of the last line.
func (b *buildLog) end() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) > 0 {
		b.emit(telemetry.Build, string(b.rest))
		b.rest = nil
	}
	return b.agent.spool.Last()
}

func (b *buildLog) emit(stream telemetry.Stream, text string) {
	b.agent.write(spool.Line{Record: telemetry.Record{
		At: time.Now(), Organization: b.owner.Organization, Project: b.owner.Project, Service: b.owner.Service,
		Deployment: b.owner.Deployment, Stream: stream, Body: b.mask.Replace(text),
	}})
}
