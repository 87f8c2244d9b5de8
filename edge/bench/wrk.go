package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// sample is one measurement.
type sample struct {
	rate   float64
	p99    time.Duration
	cpu    time.Duration // of the process that answered, for each request
	failed int           // answers that were not 2xx or 3xx, and socket errors
}

var (
	rateLine   = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	p99Line    = regexp.MustCompile(`99%\s+([\d.]+)(us|ms|s)\b`)
	statusLine = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	socketLine = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
)

func wrk(ctx context.Context, url string, d time.Duration, clients int) (sample, error) {
	out, err := exec.CommandContext(ctx, "wrk", "-t2", "-c"+strconv.Itoa(clients), fmt.Sprintf("-d%ds", int(d.Seconds())), "--latency", url).CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return parse(string(out))
}

func parse(out string) (sample, error) {
	var s sample
	rate, p99 := rateLine.FindStringSubmatch(out), p99Line.FindStringSubmatch(out)
	if rate == nil || p99 == nil {
		return s, fmt.Errorf("wrk said nothing that is understood: %s", strings.TrimSpace(out))
	}
	s.rate, _ = strconv.ParseFloat(rate[1], 64)
	s.p99, _ = time.ParseDuration(p99[1] + p99[2])
	for _, line := range []*regexp.Regexp{statusLine, socketLine} {
		if m := line.FindStringSubmatch(out); m != nil {
			for _, v := range m[1:] {
				n, _ := strconv.Atoi(v)
				s.failed += n
			}
		}
	}
	return s, nil
}
