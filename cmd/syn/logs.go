package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
		Use:   "logs [SERVICE…]",
		Short: "Show log lines of services, or follow them (-f)",
		Long: `SERVICE is a service or project/service; without one, it is this directory's. Of several, each line begins with its service.
Lines that are known to be lost are shown as a gap. --search takes words (all must be there), "phrases" and -exclusions.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if f.deployment != "" {
				if len(args) > 0 {
					return usageError{errors.New("--deployment says whose lines: leave SERVICE out")}
				}
				return a.deploymentLogs(ctx, api, f)
			}
			services, err := t.findAll(ctx, api, args)
			if err != nil {
				return err
			}
			if f.build {
				return a.buildLogs(ctx, api, services, f)
			}
			return a.serviceLogs(ctx, api, services, f)
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

// findAll returns the named services; where none is named, the one of the working directory.
func (t *target) findAll(ctx context.Context, api *syntra.API, names []string) ([]syntra.Service, error) {
	if len(names) == 0 {
		svc, err := t.find(ctx, api)
		return []syntra.Service{svc}, err
	}
	var found []syntra.Service
	for _, name := range names {
		one := *t
		one.name(name)
		svc, err := one.find(ctx, api)
		if err != nil {
			return nil, err
		}
		found = append(found, svc)
	}
	return found, nil
}

// buildLogs shows what the last deployment of a service printed while it was built.
func (a *app) buildLogs(ctx context.Context, api *syntra.API, services []syntra.Service, f logFlags) error {
	if len(services) > 1 {
		return usageError{errors.New("--build shows one service's build: name one")}
	}
	if services[0].Deployment == nil {
		return exit{exitMissing, fmt.Errorf("service %s/%s has no deployment yet", services[0].ProjectSlug, services[0].Slug)}
	}
	f.deployment = services[0].Deployment.Id
	return a.deploymentLogs(ctx, api, f)
}

// printLines prints lines, unless err says why there are none.
func (a *app) printLines(lines []logLine, err error, f logFlags) error {
	for _, line := range lines {
		if err != nil {
			break
		}
		err = a.result(line, func(w io.Writer) { a.printLine(w, line, f) })
	}
	return err
}

// maxTail is how many past lines a follower may ask for.
const maxTail = 5000

func (f logFlags) query() url.Values {
	q := url.Values{}
	if f.follow {
		q.Set("tail", strconv.Itoa(min(f.lines, maxTail)))
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

func (a *app) printLine(w io.Writer, l logLine, f logFlags) {
	var b strings.Builder
	if f.times {
		b.WriteString(l.At.Local().Format("15:04:05.000 "))
	}
	if l.Service != "" {
		b.WriteString(l.Service + " | ")
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
