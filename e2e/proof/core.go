package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// CoreArgs are flags of `syntra dev` under which Core takes seconds where it would take minutes: leases, grace periods and
// histories are shorter, and the same otherwise.
var CoreArgs = []string{
	"--heartbeat", "1s", "--rescue-every", "1s", "--rescue-grace", "2s", "--stand-aside", "2s", "--writer-history", "60",
}

// CoreFigures is what Core saw.
type CoreFigures struct {
	Rounds int
	// Continued are the runs of writers that continued as new, and InFlight those of them to which signals were on their
	// way; Requests are what they were asked, and LostRequests what of it never ended.
	Continued, InFlight, Requests, LostRequests int
	// Terminated are the writers that were terminated with deployments open; Unended are those deployments of Opened that
	// did not end.
	Terminated, Opened, Unended int
	// Replicas are those of two versions that ran side by side, Newer the events that only one of them knows,
	// PassedOver those of them that nobody acted on or told of, and Unsaid how often the older one did not say why.
	Replicas, Newer, PassedOver, Unsaid int
	// Stalls are how often the database stood still for longer than the lease; Lost are agents that were announced lost.
	Stalls, Lost int
	// ServersLost are the servers of a service on two that lost their power under load; Served are the requests through
	// the other one, and Failed those of them that failed. NoNetwork is why no server could be lost here.
	ServersLost, Served, Failed int
	NoNetwork                   error
	// First is what went wrong first, for a person.
	First error
}

// wrong counts a thing that is not as promised.
func (f *CoreFigures) wrong(figure *int, what error) {
	*figure++
	if f.First == nil {
		f.First = what
	}
}

// Wrong says which figure is not as promised.
func (f CoreFigures) Wrong() error {
	var wrong []error
	must := func(ok bool, promise string) {
		if !ok {
			wrong = append(wrong, errors.New("promised: "+promise))
		}
	}
	must(f.InFlight > 0 && f.Requests > 0, "writers that continue as new with signals in flight")
	must(f.LostRequests == 0, "no request is lost")
	must(f.Terminated > 0 && f.Opened > 0, "writers that are terminated with deployments open")
	must(f.Unended == 0, "every deployment ends")
	must(f.Replicas > 0 && f.Newer > 0, "two versions side by side, and events that one of them does not know")
	must(f.PassedOver == 0, "no event is passed over")
	must(f.Unsaid == 0, "a program that is too old says so")
	must(f.Stalls > 0, "databases that stand still")
	must(f.Lost == 0, "no agent is announced as lost that was there")
	must(f.NoNetwork != nil || f.ServersLost > 0 && f.Served > 0, "servers that are lost under load")
	must(f.Failed == 0, "no request through the server that stays fails")
	if len(wrong) > 0 && f.First != nil {
		wrong = append(wrong, fmt.Errorf("first: %w", f.First))
	}
	return errors.Join(wrong...)
}

func (f CoreFigures) String() string {
	note := ""
	if f.NoNetwork != nil {
		note = fmt.Sprintf(" (left out: %v)", f.NoNetwork)
	}
	return fmt.Sprintf("core: rounds %d, continued as new %d (signals in flight %d), requests %d, lost %d, "+
		"writers terminated %d, open deployments %d, not ended %d, "+
		"replicas of two versions %d, newer events %d, passed over %d, database stalls %d, agents wrongly announced %d, "+
		"servers lost %d%s, requests of a two-server service %d, failed %d",
		f.Rounds, f.Continued, f.InFlight, f.Requests, f.LostRequests,
		f.Terminated, f.Opened, f.Unended,
		f.Replicas, f.Newer, f.PassedOver, f.Stalls, f.Lost,
		f.ServersLost, note, f.Served, f.Failed)
}

// Core shows what the seams of the control plane promise, round by round, on a platform that runs under CoreArgs.
func Core(ctx context.Context, p *harness.Platform, rounds int, progress io.Writer) (CoreFigures, error) {
	var f CoreFigures
	source := harness.Source{Dir: filepath.Join(p.DataDir, "source"), Version: "first"}
	first, err := p.Deploy(ctx, source, "prove", "core")
	if err != nil {
		return f, err
	}
	for range rounds {
		for _, part := range []struct {
			name string
			run  func() error
		}{
			{"writers continue as new", func() error { return f.continueAsNew(ctx, p, first.ServiceID) }},
			{"writers are terminated", func() error { return f.terminate(ctx, p, first.ServiceID, source.Dir) }},
			{"two versions run", func() error { return f.twoVersions(ctx, p, first.ServiceID) }},
			{"the database stands still", func() error { return f.stall(ctx, p) }},
			{"a server is lost", func() error { return f.loseServer(ctx, p.DataDir) }},
		} {
			began := time.Now()
			if err := part.run(); err != nil {
				return f, fmt.Errorf("%s: %w", part.name, err)
			}
			fmt.Fprintf(progress, "  round %d, %s: %.0f s\n", f.Rounds+1, part.name, time.Since(began).Seconds())
		}
		f.Rounds++
	}
	return f, nil
}
