package activities

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// How long an agent may take for what is usually done in a moment.
const (
	StartDeadline = 2 * time.Minute
	RouteDeadline = 30 * time.Second
)

// SwitchDeadline is how long an agent may take to start a release, see it healthy and route it.
func SwitchDeadline(c service.Config) time.Duration {
	return StartDeadline + healthDeadline(c) + 2*RouteDeadline
}

// Switch starts a release beside the old one, waits at the health gate and moves the traffic. The three steps share one
// activity because each further hop would be paid for by whoever waits for a rollback; each of them is told as it happens.
func (a *Agents) Switch(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error {
		if err := a.prepare(ctx, o, note); err != nil {
			return err
		}
		return a.shift(ctx, o, note)
	})
}

// Prepare starts a release on one of several targets and waits at its health gate.
func (a *Agents) Prepare(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.prepare(ctx, o, note) })
}

// Shift moves the traffic on one of several targets, where all of them are healthy.
func (a *Agents) Shift(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error {
		step := o.step(deployment.Shift)
		_, err := say(ctx, a.Log, o.Plan.ref(), step.ID+"/"+strconv.Itoa(o.Call), open(step))
		if err != nil {
			return err
		}
		return a.shift(ctx, o, note)
	})
}

func (a *Agents) prepare(ctx context.Context, o Order, note func(string)) error {
	p, rel := o.Plan, *o.Release
	if _, err := say(ctx, a.Log, p.ref(), o.step(deployment.Start).ID+"/"+strconv.Itoa(o.Call), open(o.step(deployment.Start))); err != nil {
		return err
	}
	start, err := a.startCommand(ctx, p.Subject, p.DeploymentID, rel, p.Replicas, p.Hosts)
	if err != nil {
		return err
	}
	started, err := ask[wire.Started](ctx, a, p.ServerID, o.commandID(deployment.Start), wire.KindStart, start, StartDeadline, note)
	if err != nil {
		return err
	}
	if err := o.advance(ctx, a.Log, deployment.Start, startEvidence(started)); err != nil {
		return err
	}
	healthy, err := ask[wire.Healthy](ctx, a, p.ServerID, o.commandID(deployment.Health), wire.KindHealth, start.Health, healthDeadline(rel.Config), note)
	if err != nil {
		return err
	}
	// The append that begins the shift is where a cancellation and the traffic's move meet: only one of them is accepted.
	return o.advance(ctx, a.Log, deployment.Health, map[string]string{
		"path": healthy.Path, "status": strconv.Itoa(healthy.Status), "attempts": strconv.Itoa(healthy.Attempts), "ms": strconv.FormatInt(healthy.Millis, 10),
	})
}

func (a *Agents) shift(ctx context.Context, o Order, note func(string)) error {
	p, step := o.Plan, o.step(deployment.Shift)
	routed, err := a.route(ctx, o, note)
	if err != nil {
		return err
	}
	// On several targets the log follows once all edges have moved.
	if o.onLastTarget(deployment.Shift) {
		if err := a.shifted(ctx, p, step.ID, o.split()); err != nil {
			return err
		}
	}
	return o.advance(ctx, a.Log, deployment.Shift, map[string]string{
		"hosts":     strings.Join(p.Hosts, ", "),
		"upstreams": strings.Join(routed.Upstreams, ", "),
		"previous":  splitText(routed.Previous),
	})
}

// startCommand runs a release as it was recorded: its own artifact, settings and environment.
func (a *Agents) startCommand(
	ctx context.Context, s Subject, deploymentID string, rel release.Created, replicas int, hosts []string,
) (wire.Start, error) {
	env, err := a.environment(ctx, s, rel.EnvVersion)
	if err != nil {
		return wire.Start{}, err
	}
	pull, err := a.pullIfAway(ctx, s, rel.Artifact.Digest)
	if err != nil {
		return wire.Start{}, err
	}
	c := rel.Config.WithDefaults()
	port := c.Run.Port
	if port == 0 {
		port = rel.Artifact.Port
	}
	if port == 0 {
		port = service.DefaultPort
	}
	return wire.Start{
		Owner: s.owner(deploymentID), Release: rel.ReleaseID, Runtime: rel.Artifact.Runtime, Digest: rel.Artifact.Digest,
		Replicas: replicas, Env: env, Command: c.Run.Command, Port: port, CPUs: c.Run.CPUs, MemoryMB: c.Run.MemoryMB,
		Health: healthCommand(s, deploymentID, rel, hosts), GraceSeconds: c.Run.StopGraceSeconds, Pull: pull,
	}, nil
}

// healthCommand asks for the first of the service's host names.
func healthCommand(s Subject, deploymentID string, rel release.Created, hosts []string) wire.Health {
	h, host := rel.Config.WithDefaults().Health, ""
	if len(hosts) > 0 {
		host = hosts[0]
	}
	return wire.Health{
		Owner: s.owner(deploymentID), Release: rel.ReleaseID, Path: h.Path, Host: host,
		IntervalMillis: h.IntervalMillis, TimeoutSeconds: h.TimeoutSeconds, DeadlineSeconds: h.DeadlineSeconds,
	}
}

// healthDeadline gives the agent room to say itself that the gate was not passed.
func healthDeadline(c service.Config) time.Duration {
	h := c.WithDefaults().Health
	return time.Duration(h.DeadlineSeconds+h.TimeoutSeconds)*time.Second + margin
}

func startEvidence(s wire.Started) map[string]string {
	var addresses []string
	digest := ""
	for _, i := range s.Instances {
		if i.State == runtime.Running {
			addresses, digest = append(addresses, i.Address), i.Digest
		}
	}
	return map[string]string{"replicas": strconv.Itoa(len(addresses)), "addresses": strings.Join(addresses, ", "), "digest": digest}
}
