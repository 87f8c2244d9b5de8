// Command bench measures what the edge costs: requests per second, p99 and processor time of a small program reached
// directly, through the edge, through Debian's nginx and through the standard library's proxy, in turns in the same
// run, so that only ratios need to be believed.
//
//	go run ./edge/bench -rounds 3 -seconds 4 -clients 64
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	switch os.Getenv(roleVariable) {
	case roleProgram:
		exit(runProgram())
	case roleEdge:
		exit(runEdge())
	case roleStandard:
		exit(runStandard())
	}
	rounds := flag.Int("rounds", 3, "turns that each way is measured")
	seconds := flag.Int("seconds", 4, "length of one measurement")
	clients := flag.Int("clients", 64, "connections at once")
	size := flag.Int("size", 1<<10, "bytes of an answer")
	asJSON := flag.Bool("json", false, "print every sample as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(measure(ctx, *rounds, time.Duration(*seconds)*time.Second, *clients, *size, *asJSON))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// way is one way to reach the program.
type way struct {
	name    string
	url     string
	pid     int // of the process that answers at url
	samples []sample
}

func measure(ctx context.Context, rounds int, length time.Duration, clients, size int, asJSON bool) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is needed to make the load: apt-get install wrk")
	}
	dir, err := os.MkdirTemp("", "edgebench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ways, stop, err := open(ctx, dir, size)
	defer stop()
	if err != nil {
		return err
	}
	for round := range rounds + 1 {
		for _, w := range ways {
			d := length
			if round == 0 {
				d = time.Second // warms up, and counts for nothing
			}
			before := cpuOf(w.pid)
			s, err := wrk(ctx, w.url, d, clients)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			s.cpu = time.Duration(float64(cpuOf(w.pid)-before) / (s.rate * d.Seconds()))
			if round > 0 {
				w.samples = append(w.samples, s)
			}
		}
	}
	if asJSON {
		return reportJSON(ways)
	}
	report(ways)
	return nil
}

// report prints medians; the ratios are medians of each round's ratio, which noise of the machine disturbs least.
func report(ways []*way) {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "way\trequests/s\t÷ direct\tp99\t÷ direct\tCPU/request\tfailed")
	direct := ways[0].samples
	for _, w := range ways {
		rate, p99, cpu, rates, tails, failed := []float64{}, []time.Duration{}, []time.Duration{}, []float64{},
			[]float64{}, 0
		for i, s := range w.samples {
			rate, p99 = append(rate, s.rate), append(p99, s.p99)
			rates = append(rates, s.rate/direct[i].rate)
			tails = append(tails, float64(s.p99)/float64(direct[i].p99))
			cpu = append(cpu, s.cpu)
			failed += s.failed
		}
		fmt.Fprintf(out, "%s\t%.0f\t%.2f\t%s\t%.2f\t%s\t%d\n", w.name, median(rate), median(rates),
			median(p99).Round(10*time.Microsecond), median(tails),
			median(cpu).Round(100*time.Nanosecond), failed)
	}
	_ = out.Flush()
}

func median[T cmp.Ordered](v []T) T {
	slices.Sort(v)
	return v[len(v)/2]
}
