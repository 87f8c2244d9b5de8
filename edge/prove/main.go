// Command prove shows to anyone what the edge promises about strangers and about its own replacement: requests that
// nobody sent reach no replica, slow clients hold nothing, uploads and takeovers lose no request. It ends in one line
// with its figures, and a non-zero exit when a figure is wrong. ROUNDS=N makes it longer.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// figures are what was found.
type figures struct {
	ways, cases, sent, desynchronised, wrong int
	slow, stillHeld                          int
	uploads, takeovers, requests, failed     int64
	panics                                   int
}

func (f figures) String() string {
	return fmt.Sprintf("ways %d × cases %d: sent %d, desynchronised %d, wrong answers %d · slow clients %d, still held %d · "+
		"uploads %d, takeovers %d under %d requests, failed %d · panics %d",
		f.ways, f.cases, f.sent, f.desynchronised, f.wrong, f.slow, f.stillHeld, f.uploads, f.takeovers, f.requests, f.failed, f.panics)
}

func (f figures) bad() bool {
	return f.desynchronised+f.wrong+f.stillHeld+f.panics > 0 || f.failed > 0 || f.sent == 0 || f.uploads == 0 || f.takeovers == 0
}

func main() {
	if child() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	rounds := 1
	if n, err := strconv.Atoi(os.Getenv("ROUNDS")); err == nil && n > 0 {
		rounds = n
	}
	dir, err := os.MkdirTemp("", "prove")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir}
	defer b.close()
	if err := b.start(ctx); err != nil {
		return err
	}
	var f figures
	for _, part := range []func(context.Context, int, *figures) error{b.corpus, b.slow, b.takeovers} {
		if err := part(ctx, rounds, &f); err != nil {
			return err
		}
	}
	f.panics = b.panics()
	fmt.Println(f)
	if f.bad() {
		return errors.New("a figure is wrong")
	}
	return nil
}
