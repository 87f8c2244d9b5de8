// Command prove shows to anyone what Syntra promises: `prove resume`, `prove redeploy`, `prove core` and `prove first-hour`,
// each ending in one line with its figures and a non-zero exit when a figure is wrong. ROUNDS=N makes them longer.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/e2e/proof"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

// proofs by name, with how many rounds they take unless ROUNDS says otherwise.
var proofs = map[string]struct {
	rounds int
	args   []string // of `syntra dev`
	run    func(ctx context.Context, p *harness.Platform, rounds int) (figures, error)
}{
	"resume": {rounds: 1, run: func(ctx context.Context, p *harness.Platform, rounds int) (figures, error) {
		return proof.Resume(ctx, p, rounds, proof.Victims, os.Stdout)
	}},
	"redeploy": {rounds: 5, run: func(ctx context.Context, p *harness.Platform, rounds int) (figures, error) {
		return proof.Redeploy(ctx, p, rounds, false, os.Stdout)
	}},
	"core": {rounds: 2, args: proof.CoreArgs, run: func(ctx context.Context, p *harness.Platform, rounds int) (figures, error) {
		return proof.Core(ctx, p, rounds, os.Stdout)
	}},
	"first-hour": {rounds: 1, args: proof.FirstHourArgs, run: func(ctx context.Context, p *harness.Platform, _ int) (figures, error) {
		return proof.FirstHour(ctx, p, os.Stdout, strings.Fields(os.Getenv("PROGRAMS"))...)
	}},
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 || proofs[args[0]].run == nil {
		return errors.New("say what to prove: " + strings.Join(slices.Sorted(maps.Keys(proofs)), ", "))
	}
	proof := proofs[args[0]]
	rounds := proof.rounds
	if n, err := strconv.Atoi(os.Getenv("ROUNDS")); err == nil && n > 0 {
		rounds = n
	}
	dir, err := os.MkdirTemp("", "syntra-prove-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := harness.Start(ctx, harness.Options{DataDir: dir, Args: proof.args})
	if err != nil {
		return err
	}
	defer p.Clean()
	figures, err := proof.run(ctx, p, rounds)
	return end(figures, err)
}

// figures are a line to show and a judgement of it.
type figures interface {
	fmt.Stringer
	Wrong() error
}

func end(f figures, err error) error {
	fmt.Println(f)
	if err != nil {
		return err
	}
	return f.Wrong()
}
