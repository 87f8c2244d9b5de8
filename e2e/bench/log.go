package main

import (
	"context"
	"fmt"
	"os"
)

// Rows of the core's benchmarks, by how many events the log holds.
const (
	appendBench  = "Append/events=%d/writers=%d"
	rebuildBench = "Rebuild/events=%d"
	lagBench     = "Lag/events=%d/%s"
)

// logSizes are those of the benchmarks of eventstore/postgres and projections.
var logSizes = []int{10_000, 100_000}

// measureLog runs the benchmarks of the event log and of the read models on a PostgreSQL whose commits wait for the disk.
func measureLog(ctx context.Context, s settings, r *report) error {
	sizes := logSizes
	if s.events > 0 {
		sizes = append(sizes, s.events)
	}
	found := map[string]metrics{}
	for _, b := range []struct {
		pkg, pattern string
		times, runs  int
	}{
		{"./eventstore/postgres", "Append", s.rounds, s.logRuns},
		{"./projections", "Rebuild", 1, s.logRuns},
		{"./projections", "Lag", s.lags, s.logRuns},
		{"./projections", "Page", s.pages, s.logRuns},
	} {
		fmt.Fprintf(os.Stderr, "  %s %s\n", b.pkg, b.pattern)
		more, err := goBench(ctx, s, b.pkg, b.pattern, b.times, b.runs)
		if err != nil {
			return err
		}
		for name, m := range more {
			found[name] = m
		}
	}
	if err := compareAppends(found, r); err != nil {
		return err
	}
	if err := compareReadModels(found, r); err != nil {
		return err
	}
	return growth(found, sizes, r)
}

func compareAppends(found map[string]metrics, r *report) error {
	for _, c := range []struct {
		writers      int
		name, beside string
	}{
		{1, "event append, 1 writer", "raw inserts, one row per commit"},
		{8, "event append, 8 writers", "raw inserts, 8 rows per commit"},
		{64, "event append, 64 writers", "raw inserts, 64 rows per commit"},
	} {
		m, err := reported(found, fmt.Sprintf(appendBench, logSizes[0], c.writers), "events/s", "raw/s", "append÷raw")
		if err != nil {
			return err
		}
		r.add(row{
			name: c.name, ours: m["events/s"].rate(), beside: c.beside, theirs: m["raw/s"].rate(),
			ratio: m["append÷raw"], aim: 0.7, atLeast: true,
		})
	}
	return nil
}

func compareReadModels(found map[string]metrics, r *report) error {
	for _, n := range logSizes {
		m, err := reported(found, fmt.Sprintf(rebuildBench, n), "events/s", "raw/s", "rebuild÷raw")
		if err != nil {
			return err
		}
		r.add(row{
			name: fmt.Sprintf("rebuild of all read models, %d events", n), ours: m["events/s"].rate(),
			beside: "raw read + COPY of the same rows", theirs: m["raw/s"].rate(),
			ratio: m["rebuild÷raw"], aim: 0.5, atLeast: true,
		})
	}
	m, err := reported(found, "Page", "100-ms", "10000-ms", "many÷few")
	if err != nil {
		return err
	}
	r.add(row{
		name: "a page of 10,000 services", ours: m["10000-ms"].ms(), beside: "a page of 100 services",
		theirs: m["100-ms"].ms(), ratio: m["many÷few"],
	})
	return nil
}

// reported answers a benchmark's metrics, or an error where one of them is missing.
func reported(found map[string]metrics, name string, units ...string) (metrics, error) {
	for _, unit := range units {
		if len(found[name][unit]) == 0 {
			return nil, fmt.Errorf("benchmark %s reported no %s", name, unit)
		}
	}
	return found[name], nil
}
