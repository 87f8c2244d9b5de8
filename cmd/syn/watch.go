package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// ended reports whether a deployment's status is final.
func ended(status syntra.DeploymentStatus) bool {
	switch status {
	case "succeeded", "failed", "cancelled", "superseded":
		return true
	}
	return false
}

// outcome is a deployment's end for programs.
type outcome struct {
	DeploymentID string `json:"deployment_id"`
	ServiceID    string `json:"service_id"`
	Project      string `json:"project"`
	Service      string `json:"service"`
	Status       string `json:"status"`
	ReleaseID    string `json:"release_id,omitempty"`
	URL          string `json:"url,omitempty"`
	Step         string `json:"failed_step,omitempty"`
	Code         string `json:"code,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Seconds      int    `json:"seconds"`
}

func summary(svc syntra.Service, d syntra.Deployment) outcome {
	o := outcome{
		DeploymentID: d.Id, ServiceID: svc.Id, Project: svc.ProjectSlug, Service: svc.Slug, Status: string(d.Status), URL: svc.Url,
		Step: text(d.FailedStep), Code: text(d.Code), Reason: text(d.Reason),
	}
	if d.Release != nil {
		o.ReleaseID = d.Release.Id
	}
	if d.EndedAt != nil {
		o.Seconds = int(d.EndedAt.Sub(d.RequestedAt).Seconds())
	}
	return o
}

// watch follows a deployment to its end: its steps as they change, its build's output as it comes. With --json each step
// is a line on standard output, and the outcome the last.
func (a *app) watch(ctx context.Context, api *syntra.API, svc syntra.Service, d syntra.Deployment) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var logs sync.WaitGroup
	printed := make(chan struct{}, 1)
	if !a.json && d.Kind == "deploy" {
		logs.Go(func() { a.showBuild(ctx, api, d.Id, printed) })
	}
	wake := make(chan struct{}, 1)
	go awaken(ctx, api, d.Id, wake)
	shown := progress{}
	for {
		latest, err := syntra.Read[syntra.Deployment](api.GetDeployment(ctx, d.Id, nil))
		if err == nil {
			d = latest
			a.showProgress(&shown, d)
		} else if status := syntra.StatusOf(err); status != 0 && status < 500 {
			return err
		} else if ctx.Err() == nil {
			shown.say(a, "Syntra does not answer; the deployment goes on there")
		}
		if ended(d.Status) {
			break
		}
		select {
		case <-ctx.Done():
			a.say("%s goes on without you: see it with `syn logs -f --deployment %s`, stop it with `syn cancel %s`", d.Id, d.Id, d.Id)
			return ctx.Err()
		case <-wake:
		case <-time.After(2 * time.Second): // a lost notice costs this much
		}
	}
	if !a.json && builtLately(d) {
		waitForQuiet(ctx, printed)
	}
	stop()
	logs.Wait()
	if latest, err := syntra.Read[syntra.Service](api.GetService(context.WithoutCancel(ctx), svc.Id, nil)); err == nil {
		svc = latest
	}
	return a.conclude(svc, d)
}

func (a *app) conclude(svc syntra.Service, d syntra.Deployment) error {
	o := summary(svc, d)
	if err := a.result(o, func(w io.Writer) {
		if o.Status == "succeeded" {
			fmt.Fprintln(w, o.URL)
		}
	}); err != nil {
		return err
	}
	switch o.Status {
	case "succeeded":
		a.say("%s in %ds", a.paint.green("✓ live"), o.Seconds)
		return nil
	case "superseded":
		a.say("%s", a.paint.amber("superseded by a newer deployment"))
		return nil
	case "cancelled":
		return exit{exitFailed, errors.New("the deployment was cancelled")}
	}
	serving := "nothing is serving yet"
	if svc.Live != nil {
		serving = fmt.Sprintf("release %d is still serving", svc.Live.Number)
	}
	return exit{exitFailed, fmt.Errorf("the deployment failed at %s (%s): %s\n  %s; see %s", o.Step, o.Code, o.Reason, serving, "`syn logs --deployment "+d.Id+"`")}
}

// awaken tells when something about the deployment has changed.
func awaken(ctx context.Context, api *syntra.API, id string, wake chan<- struct{}) {
	for c, err := range api.Changes(ctx) {
		if err == nil && c.ID != id {
			continue
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// progress remembers what was said of a deployment.
type progress struct {
	steps map[string]syntra.StepStatus // by id
	last  string
}

func (p *progress) say(a *app, line string) {
	if p.last != line {
		a.say("%s", line)
		p.last = line
	}
}

func (a *app) showProgress(p *progress, d syntra.Deployment) {
	if p.steps == nil {
		p.steps = map[string]syntra.StepStatus{}
	}
	if waiting := text(d.Waiting); waiting != "" {
		p.say(a, a.paint.amber("… "+waiting))
	}
	for _, s := range d.Steps {
		if p.steps[s.Id] == s.Status || s.Status == "pending" || s.Status == "skipped" {
			continue
		}
		p.steps[s.Id] = s.Status
		if a.json {
			_ = a.result(map[string]string{"deployment_id": d.Id, "step": s.Id, "kind": string(s.Kind), "status": string(s.Status)}, nil)
			continue
		}
		switch s.Status {
		case "running":
			p.say(a, a.paint.dim("• "+s.Id))
		case "succeeded":
			p.say(a, a.paint.green("✓ ")+s.Id+a.paint.dim(took(s)+evidence(s)))
		default:
			p.say(a, a.paint.red("✗ ")+s.Id+a.paint.dim(took(s)))
		}
	}
}

func took(s syntra.Step) string {
	if s.StartedAt == nil || s.EndedAt == nil {
		return ""
	}
	return " " + strconv.FormatFloat(s.EndedAt.Sub(*s.StartedAt).Seconds(), 'f', 1, 64) + "s"
}

// evidence picks what a person wants to see of a step.
func evidence(s syntra.Step) string {
	if s.Evidence == nil {
		return ""
	}
	if digest := (*s.Evidence)["digest"]; digest != "" {
		short := strings.TrimPrefix(digest, "sha256:")
		return " " + short[:min(12, len(short))]
	}
	return ""
}
