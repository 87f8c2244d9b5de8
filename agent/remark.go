package agent

import (
	"fmt"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// remark writes a line of Syntra's own into a replica's log.
func (a *Agent) remark(l runtime.Labels, format string, args ...any) {
	a.write(spool.Line{Record: recordOf(l, time.Now(), telemetry.System, fmt.Sprintf(format, args...))})
}

// write spools lines. The spool remembers what it could not write, and says so in the log itself.
func (a *Agent) write(lines ...spool.Line) {
	if err := a.spool.Append(lines...); err != nil {
		a.log.Error("agent: log lines are lost", "error", err)
	}
}

func recordOf(l runtime.Labels, at time.Time, stream telemetry.Stream, body string) telemetry.Record {
	return telemetry.Record{
		At: at, Organization: l.Organization, Project: l.Project, Service: l.Service, Deployment: l.Deployment, Release: l.Release,
		Replica: strconv.Itoa(l.Replica), Stream: stream, Body: body,
	}
}

// remarkChanges tells what happened to replicas between two looks, other than by a command.
func (a *Agent) remarkChanges(before, now []replica) {
	old := map[string]replica{}
	for _, r := range before {
		old[r.Name] = r
	}
	for _, r := range now {
		was, known := old[r.Name]
		if !known || a.stops.is(r.Name) {
			continue
		}
		switch {
		case r.Restarts > was.Restarts:
			a.remark(r.Labels, "replica %d %s and was restarted (%d times so far)", r.Labels.Replica, howEnded(r), r.Restarts)
		case was.State == runtime.Running && r.State == runtime.Exited && !a.meantToStop(r.Labels):
			a.remarkEnd(r)
		}
	}
}

func howEnded(r replica) string {
	if r.OOMKilled {
		return "was killed: out of memory"
	}
	return fmt.Sprintf("ended with exit code %d", r.ExitCode)
}

// remarkEnd tells how a replica ended, once for each of its runs: both the watcher's look and the revival that follows,
// which may have looked later, come by here.
func (a *Agent) remarkEnd(r replica) {
	if last, told := a.endings.Swap(r.Name, r.StartedAt); told && r.StartedAt.Equal(last.(time.Time)) {
		return
	}
	a.remark(r.Labels, "replica %d %s", r.Labels.Replica, howEnded(r))
}

// meantToStop says whether a release was told to stop.
func (a *Agent) meantToStop(l runtime.Labels) bool {
	spec, known := a.state.Spec(l.Service, l.Release)
	return !known || !spec.Running
}
