package logs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
)

const (
	// tailBack is how far back a tail reads.
	tailBack = 6 * time.Hour
	// tailFirst without a first line means that there is none; tailQuiet after a line, that all are read.
	tailFirst = time.Second
	tailQuiet = 300 * time.Millisecond
	tailLimit = 5 * time.Second
)

// stampedLine is a line and when it was printed.
type stampedLine struct {
	at   time.Time
	text string
}

// linesOf reads up to n last lines of a replica from its runtime, which may have none: then it answers none.
func linesOf(ctx context.Context, r replica.Replica, n int) []stampedLine {
	ctx, cancel := context.WithTimeout(ctx, tailLimit)
	defer cancel()
	quiet := time.AfterFunc(tailFirst, cancel)
	defer quiet.Stop()
	var last []stampedLine
	// Its error is no news: it ends with our own cancel, or with a replica that is gone.
	_ = r.Runtime.Logs(ctx, r.Name, time.Now().Add(-tailBack), func(l runtime.Line) {
		quiet.Reset(tailQuiet)
		if l.Lost > 0 {
			return
		}
		last = append(last, stampedLine{l.At, l.Text})
		if len(last) >= 2*n {
			last = slices.Clone(last[len(last)-n:])
		}
	})
	return last[max(0, len(last)-n):]
}

// lastOf returns the last n by time.
func lastOf(all []stampedLine, n int) []string {
	slices.SortStableFunc(all, func(a, b stampedLine) int { return a.at.Compare(b.at) })
	out := []string{}
	for _, l := range all[max(0, len(all)-n):] {
		out = append(out, l.text)
	}
	return out
}

// Last returns the last lines of one replica.
func Last(ctx context.Context, r replica.Replica, n int) []string {
	return lastOf(linesOf(ctx, r, n), n)
}

// LastOf returns the last lines of several replicas in the order they were printed, each with its replica's number.
func LastOf(ctx context.Context, list []replica.Replica, n int) []string {
	var all []stampedLine
	for _, r := range list {
		for _, l := range linesOf(ctx, r, n) {
			if len(list) > 1 {
				l.text = fmt.Sprintf("[%d] %s", r.Labels.Replica, l.text)
			}
			all = append(all, l)
		}
	}
	return lastOf(all, n)
}
