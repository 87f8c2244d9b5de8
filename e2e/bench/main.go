// Command bench measures Syntra beside what one would do by hand, in turns in the same run, so that only ratios need to be
// believed. It prints one table and keeps it in docs/benchmarks.md; an aim that is missed is shown and fails nothing.
//
//	go run ./e2e/bench             all of it
//	go run ./e2e/bench -runs 15    more turns
//	go run ./e2e/bench -quick      a look, which the document does not keep
//	go run ./e2e/bench -only edge  one part, which the document does not keep
//	go run ./e2e/bench -only log -events 1000000  a log of so many events, too; that takes many minutes
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// part is one thing measured; what it finds goes to the report.
type part struct {
	name string
	run  func(context.Context, settings, *report) error
}

var parts = []part{{"platform", measurePlatform}, {"edge", measureEdge}, {"log", measureLog}}

// settings say how much is measured.
type settings struct {
	runs        int           // turns of deploy and rollback
	edgeRounds  int           // turns of the edge, each of edgeSeconds
	edgeSeconds int           //
	logRuns     int           // of the event log's benchmarks
	rounds      int           // of one such run: an append of each writer
	lags        int           // likewise: events until they are shown
	pages       int           // likewise: pages of a list
	events      int           // of one more log, far larger; 0: none
	idle        time.Duration // before memory is looked at
}

var (
	full  = settings{runs: 7, edgeRounds: 5, edgeSeconds: 3, logRuns: 3, rounds: 400, lags: 500, pages: 300, idle: 20 * time.Second}
	brief = settings{runs: 2, edgeRounds: 1, edgeSeconds: 1, logRuns: 1, rounds: 50, lags: 100, pages: 50, idle: 2 * time.Second}
)

// limit ends a run that hangs.
const limit = 40 * time.Minute

func main() {
	runs := flag.Int("runs", 0, "turns of deploy and rollback")
	quick := flag.Bool("quick", false, "a short look; docs/benchmarks.md stays as it is")
	only := flag.String("only", "", "measure one part: platform, edge or log; docs/benchmarks.md stays as it is")
	events := flag.Int("events", 0, "measure the log with so many events, too")
	flag.Parse()
	s := full
	if *quick {
		s = brief
	}
	s.events = *events
	if *runs > 0 {
		s.runs = *runs
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	limit := limit
	if s.events > 0 {
		limit = 2 * time.Hour
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := run(ctx, s, *only, !*quick && *only == ""); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures every part even when one fails: what was measured is shown. The document takes complete runs only.
func run(ctx context.Context, s settings, only string, keep bool) error {
	if only != "" && !slices.ContainsFunc(parts, func(p part) bool { return p.name == only }) {
		return fmt.Errorf("there is no part %q: use platform, edge or log", only)
	}
	r := newReport(s)
	var failed []error
	for _, p := range parts {
		if only != "" && only != p.name {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.name)
		if err := p.run(ctx, s, r); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	r.machine.end()
	text := r.String()
	fmt.Print(strings.TrimSpace(text) + "\n")
	if keep && len(failed) == 0 {
		failed = append(failed, store(filepath.Join(harness.Root(), "docs", "benchmarks.md"), text))
	}
	return errors.Join(failed...)
}
