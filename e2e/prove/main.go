// Command prove shows to anyone what Syntra promises: `prove resume` and `prove redeploy`, each ending in one line with
// its figures and a non-zero exit when a figure is wrong. ROUNDS=N makes them longer.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
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

func run(ctx context.Context, args []string) error {
	if len(args) != 1 || (args[0] != "resume" && args[0] != "redeploy") {
		return errors.New("say what to prove: resume or redeploy")
	}
	rounds := 1
	if args[0] == "redeploy" {
		rounds = 5
	}
	if n, err := strconv.Atoi(os.Getenv("ROUNDS")); err == nil && n > 0 {
		rounds = n
	}
	dir, err := os.MkdirTemp("", "syntra-prove-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := harness.Start(ctx, harness.Options{DataDir: dir})
	if err != nil {
		return err
	}
	defer p.Clean()
	if args[0] == "resume" {
		figures, err := proof.Resume(ctx, p, rounds, proof.Victims, os.Stdout)
		return end(figures, err)
	}
	figures, err := proof.Redeploy(ctx, p, rounds, false, os.Stdout)
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
