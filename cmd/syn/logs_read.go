package main

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// logLine is a line with the service it is of, "" where only one is shown.
type logLine struct {
	syntra.LogEntry
	Service string `json:"service,omitempty"`
}

// deploymentLogs shows a deployment's lines. Following them ends with the deployment.
func (a *app) deploymentLogs(ctx context.Context, api *syntra.API, f logFlags) error {
	if !f.follow {
		lines, err := api.Logs(ctx, "/deployments/"+url.PathEscape(f.deployment)+"/logs", f.query(), f.lines)
		return a.printLines(named(syntra.Service{}, false, lines), err, f)
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	printed := make(chan struct{}, 1)
	go func() {
		defer stop()
		if awaitEnd(following, api, f.deployment) == nil {
			waitForQuiet(following, printed)
		}
	}()
	for line, err := range api.FollowDeploymentLogs(following, f.deployment, f.query()) {
		if err := a.printLines([]logLine{{LogEntry: line}}, err, f); err != nil {
			return err
		}
		select {
		case printed <- struct{}{}:
		default:
		}
	}
	return ctx.Err()
}

// awaitEnd returns once a deployment has ended.
func awaitEnd(ctx context.Context, api *syntra.API, id string) error {
	wake := make(chan struct{}, 1)
	go awaken(ctx, api, id, wake)
	for {
		d, err := syntra.Read[syntra.Deployment](api.GetDeployment(ctx, id, nil))
		if err == nil && ended(d.Status) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
		case <-time.After(2 * time.Second): // a lost notice costs this much
		}
	}
}

// serviceLogs shows the lines of services, merged by their times; while following, as they come.
func (a *app) serviceLogs(ctx context.Context, api *syntra.API, services []syntra.Service, f logFlags) error {
	if f.follow {
		return a.followServices(ctx, api, services, f)
	}
	var all []logLine
	for _, svc := range services {
		lines, err := api.Logs(ctx, "/services/"+svc.Id+"/logs", f.query(), f.lines)
		if err != nil {
			return err
		}
		all = append(all, named(svc, len(services) > 1, lines)...)
	}
	slices.SortStableFunc(all, func(x, y logLine) int { return x.At.Compare(y.At) })
	return a.printLines(all[max(0, len(all)-f.lines):], nil, f)
}

// followServices ends by being interrupted.
func (a *app) followServices(ctx context.Context, api *syntra.API, services []syntra.Service, f logFlags) error {
	following, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var printing sync.Mutex
	var all sync.WaitGroup
	for _, svc := range services {
		all.Go(func() {
			for line, err := range api.FollowServiceLogs(following, svc.Id, f.query()) {
				printing.Lock()
				err = a.printLines(named(svc, len(services) > 1, []syntra.LogEntry{line}), err, f)
				printing.Unlock()
				if err != nil {
					stop(err)
					return
				}
			}
		})
	}
	all.Wait()
	return context.Cause(following)
}

// named says whose lines these are, where several services are shown.
func named(svc syntra.Service, several bool, lines []syntra.LogEntry) []logLine {
	out := make([]logLine, len(lines))
	for i, line := range lines {
		out[i].LogEntry = line
		if several {
			out[i].Service = svc.Slug
		}
	}
	return out
}
