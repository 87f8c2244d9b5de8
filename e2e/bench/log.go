package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// metrics are what the runs of one Go benchmark reported, by unit.
type metrics map[string]spread

// measureLog runs the event log's own benchmarks on a PostgreSQL whose commits wait for the disk.
func measureLog(ctx context.Context, s settings, r *report) error {
	appends, err := goBench(ctx, "./eventstore/postgres", "Append", s.appends, s.logRuns)
	if err != nil {
		return err
	}
	for _, w := range []struct{ bench, name, beside string }{
		{"Append/writers=1", "event append, 1 writer", "raw inserts, one row per commit"},
		{"Append/writers=50", "event append, 50 writers", "raw inserts, 64 rows per commit"},
	} {
		m := appends[w.bench]
		if len(m["events/s"]) == 0 || len(m["raw/s"]) == 0 {
			return fmt.Errorf("benchmark %s reported nothing", w.bench)
		}
		r.add(row{name: w.name, ours: m["events/s"].rate(), beside: w.beside, theirs: m["raw/s"].rate(), ratio: m["events/s"].over(m["raw/s"])})
		fmt.Fprintf(os.Stderr, "  %s: %s, raw %s\n", w.name, m["events/s"].rate(), m["raw/s"].rate())
	}
	lags, err := goBench(ctx, "./eventstore/postgres", "Lag", s.lags, s.logRuns)
	if err != nil {
		return err
	}
	sec := section{title: "From the answer of an append until every read model shows it", text: "Medians of the runs.",
		head: []string{"log", "p50", "p99", "events meanwhile"}}
	for _, c := range []struct{ bench, name string }{{"Lag/quiet", "one append at a time"}, {"Lag/busy", "beside 8 writers without a pause"}} {
		m := lags[c.bench]
		if len(m["p50-ms"]) == 0 || len(m["p99-ms"]) == 0 {
			return fmt.Errorf("benchmark %s reported nothing", c.bench)
		}
		sec.rows = append(sec.rows, []string{c.name, m["p50-ms"].ms(), m["p99-ms"].ms(), m["events/s"].rate()})
	}
	r.sections = append(r.sections, sec)
	return nil
}

// goBench runs benchmarks n times each way round and answers what they reported, by name without the number of cores.
func goBench(ctx context.Context, pkg, pattern string, times, runs int) (map[string]metrics, error) {
	out, err := goRun(ctx, "test", pkg, "-run", "^$", "-bench", pattern, "-benchtime", strconv.Itoa(times)+"x", "-count", strconv.Itoa(runs), "-timeout", "12m")
	if err != nil {
		return nil, err
	}
	return parseBench(string(out)), nil
}

var benchLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.+)$`)

func parseBench(out string) map[string]metrics {
	found := map[string]metrics{}
	for line := range strings.Lines(out) {
		parts := benchLine.FindStringSubmatch(strings.TrimSpace(line))
		if parts == nil {
			continue
		}
		if found[parts[1]] == nil {
			found[parts[1]] = metrics{}
		}
		fields := strings.Fields(parts[2])
		for i := 0; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				found[parts[1]][fields[i+1]] = append(found[parts[1]][fields[i+1]], v)
			}
		}
	}
	return found
}
