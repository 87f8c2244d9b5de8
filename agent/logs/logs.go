// Package logs takes in what replicas, builds and the agent itself have to say of services, and ships it to the control
// plane. Each line is in the spool before it counts as read.
package logs

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// Log is where lines go. It is safe for concurrent use.
type Log struct {
	spool  *spool.Spool
	log    *slog.Logger
	limits *limits
}

// New makes a Log that writes to a spool, of each service's output at most perSecond lines a second for long.
func New(s *spool.Spool, perSecond int, logger *slog.Logger) *Log {
	l := &Log{spool: s, log: logger}
	l.limits = newLimits(perSecond, func(gap spool.Line) { l.write(gap) })
	return l
}

// Close writes what is still to be told. The spool stays open.
func (l *Log) Close() { l.limits.flushAll() }

// Remark writes a line of Syntra's own into a replica's log.
func (l *Log) Remark(of runtime.Labels, format string, args ...any) {
	l.write(spool.Line{Record: recordOf(of, time.Now(), telemetry.System, fmt.Sprintf(format, args...))})
}

// Drop forgets how far the output of a replica was taken in that is gone for good.
func (l *Log) Drop(replica string) { l.spool.Drop(replica) }

// write spools lines. The spool remembers what it could not write, and says so in the log itself.
func (l *Log) write(lines ...spool.Line) {
	if err := l.spool.Append(lines...); err != nil {
		l.log.Error("agent: log lines are lost", "error", err)
	}
}

func recordOf(l runtime.Labels, at time.Time, stream telemetry.Stream, body string) telemetry.Record {
	return telemetry.Record{
		At: at, Organization: l.Organization, Project: l.Project, Service: l.Service, Deployment: l.Deployment, Release: l.Release,
		Replica: strconv.Itoa(l.Replica), Stream: stream, Body: body,
	}
}
