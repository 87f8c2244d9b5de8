package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// logFlags say which lines.
type logFlags struct {
	follow, build, times, raw bool
	deployment, search        string
	since                     time.Duration
	lines                     int
}

func (a *app) logsCommand() *cobra.Command {
	var t target
	var f logFlags
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show a service's log lines, or follow them (-f)",
		Long:  "Lines that are known to be lost are shown as a gap. --search takes words (all must be there), \"phrases\" and -exclusions.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			svc := syntra.Service{}
			if f.deployment == "" {
				if svc, err = t.find(ctx, api); err != nil {
					return err
				}
				if f.build && svc.Deployment != nil {
					f.deployment = svc.Deployment.Id
				}
			}
			return a.showLogs(ctx, api, svc.Id, f)
		},
	}
	t.addFlags(cmd)
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with new lines as they come")
	cmd.Flags().BoolVar(&f.build, "build", false, "the output of the last deployment's build")
	cmd.Flags().StringVar(&f.deployment, "deployment", "", "the lines of one deployment")
	cmd.Flags().StringVar(&f.search, "search", "", "only lines that match")
	cmd.Flags().DurationVar(&f.since, "since", 0, "only lines of the last while, such as 1h")
	cmd.Flags().IntVarP(&f.lines, "lines", "n", 200, "how many lines")
	cmd.Flags().BoolVar(&f.raw, "raw", false, "show lines as the program wrote them, with all control characters")
	cmd.Flags().BoolVarP(&f.times, "times", "t", false, "show each line's time")
	return cmd
}

func (a *app) showLogs(ctx context.Context, api *syntra.API, serviceID string, f logFlags) error {
	lines := api.FollowServiceLogs(ctx, serviceID, f.query())
	if f.deployment != "" {
		lines = api.FollowDeploymentLogs(ctx, f.deployment, f.query())
	}
	if !f.follow {
		lines = a.page(ctx, api, serviceID, f)
	}
	for line, err := range lines {
		if err != nil {
			return err
		}
		if err := a.result(line, func(w io.Writer) { a.printLine(w, line, f) }); err != nil {
			return err
		}
	}
	return ctx.Err() // a follower ends by being interrupted
}

// maxTail is how many past lines a follower may ask for.
const maxTail = 5000

func (f logFlags) query() url.Values {
	q := url.Values{"limit": {strconv.Itoa(f.lines)}}
	if f.follow {
		q = url.Values{"tail": {strconv.Itoa(min(f.lines, maxTail))}}
	}
	if f.build {
		q.Set("stream", "build")
	}
	if f.search != "" {
		q.Set("q", f.search)
	}
	if f.since > 0 {
		q.Set("since", time.Now().Add(-f.since).UTC().Format(time.RFC3339Nano))
	}
	return q
}

// page returns the newest lines, once, oldest first.
func (a *app) page(ctx context.Context, api *syntra.API, serviceID string, f logFlags) iter.Seq2[syntra.LogEntry, error] {
	return func(yield func(syntra.LogEntry, error) bool) {
		path := "/services/" + serviceID + "/logs"
		if f.deployment != "" {
			path = "/deployments/" + url.PathEscape(f.deployment) + "/logs"
		}
		page, err := api.LogPage(ctx, path, f.query())
		if err != nil {
			yield(syntra.LogEntry{}, err)
			return
		}
		for _, line := range page {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (a *app) printLine(w io.Writer, l syntra.LogEntry, f logFlags) {
	var b strings.Builder
	if f.times {
		b.WriteString(l.At.Local().Format("15:04:05.000 "))
	}
	switch l.Stream {
	case "gap":
		fmt.Fprintln(w, b.String()+a.paint.amber("⋯ "+l.Body))
		return
	case "system":
		b.WriteString("syntra: ")
	}
	body := l.Body
	if !f.raw {
		body = printable(body, a.colour)
	}
	fmt.Fprintln(w, b.String()+body)
}
