package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// metrics are what the runs of one Go benchmark reported, by unit.
type metrics map[string]spread

// goBench runs benchmarks n times each way round and answers what they reported, by name without the number of cores.
func goBench(ctx context.Context, s settings, pkg, pattern string, times, runs int) (map[string]metrics, error) {
	var env []string
	if s.events > 0 {
		env = append(env, fmt.Sprintf("SYNTRA_BENCH_EVENTS=%d", s.events))
	}
	out, err := goRun(ctx, env, "test", "-vet=off", pkg, "-run", "^$", "-bench", pattern,
		"-benchtime", strconv.Itoa(times)+"x", "-count", strconv.Itoa(runs), "-timeout", "60m")
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
