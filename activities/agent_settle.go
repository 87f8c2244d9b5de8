package activities

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/traffic"
	"golang.org/x/sync/errgroup"
)

// VerifyPatience is how long a release that was routed may take to be seen well.
const VerifyPatience = 10 * time.Second

// VerifyDeadline is how long Verify may take, its last look included.
const VerifyDeadline = VerifyPatience + 4*RouteDeadline

// verifyEvery is how often it is looked at meanwhile.
const verifyEvery = 500 * time.Millisecond

// Drain lets the releases that have no traffic any more finish what they serve. They keep running, warm, whatever the drain
// finds.
func (a *Agents) Drain(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.drain(ctx, o, note) })
}

func (a *Agents) drain(ctx context.Context, o Order, note func(string)) error {
	p := o.Plan
	if _, err := say(ctx, a.Log, p.ref(), o.step(deployment.Drain).ID+"/"+strconv.Itoa(o.Call), open(o.step(deployment.Drain))); err != nil {
		return err
	}
	drained, err := a.drainAll(ctx, o, note)
	if err != nil {
		return err
	}
	return o.advance(ctx, a.Log, deployment.Drain, map[string]string{
		"release": strings.Join(o.leaving(), ", "),
		"cut":     strconv.Itoa(drained.Cut),
		"ms":      strconv.FormatInt(drained.Millis, 10),
	})
}

// drainAll drains the releases that have no traffic any more, side by side. On a server that the service leaves those are
// all.
func (a *Agents) drainAll(ctx context.Context, o Order, note func(string)) (all wire.Drained, err error) {
	p, leaving := o.Plan, o.leaving()
	left := p.leaves(p.ServerID)
	var peers []wire.PeerEndpoint
	if left {
		leaving = p.Previous.Releases()
		if peers, err = a.heirs(ctx, p, leaving); err != nil {
			return all, err
		}
	}
	drained := make([]wire.Drained, len(leaving))
	group, ctx := errgroup.WithContext(ctx)
	for i, releaseID := range leaving {
		id, deadline := nth(o.commandID(deployment.Drain), i), DrainDeadline(p.Config.Rollout)
		cmd := drainCommand(p.owner(p.DeploymentID), releaseID, p.Config.Rollout)
		cmd.Unroute, cmd.Peers = left, peers
		group.Go(func() (err error) {
			drained[i], err = ask[wire.Drained](ctx, a, p.ServerID, id, wire.KindDrain, cmd, deadline, note)
			return err
		})
	}
	err = group.Wait()
	for _, d := range drained {
		all.Cut, all.Millis = all.Cut+d.Cut, max(all.Millis, d.Millis)
	}
	return all, err
}

// Verify ends a deployment as succeeded, if and only if the agent sees what was asked for: the digest running in every
// replica, the health path passing, the route pointing. An edge that points elsewhere is pointed here again. On several
// targets the last one's Verify ends the deployment; those before it return no status.
func (a *Agents) Verify(ctx context.Context, o Order, skipped string) (Ended, error) {
	return resultWithHeartbeats(ctx, func(ctx context.Context, note func(string)) (Ended, error) { return a.verify(ctx, o, skipped, note) })
}

func (a *Agents) verify(ctx context.Context, o Order, skipped string, note func(string)) (Ended, error) {
	p, rel := o.Plan, *o.Release
	step := o.step(deployment.Verify)
	if _, err := say(ctx, a.Log, p.ref(), step.ID+"/"+strconv.Itoa(o.Call), o.closeDrains(step, skipped)); err != nil {
		return Ended{}, err
	}
	patience := a.Patience
	if patience == 0 {
		patience = VerifyPatience
	}
	until := time.Now().Add(patience)
	for try := 1; ; try++ {
		seen, err := a.observe(ctx, p.Subject, p.DeploymentID, rel.ReleaseID, note)
		if err != nil {
			return Ended{}, err
		}
		wrong := amiss(seen, rel, p.Replicas, o.split())
		if wrong == "" {
			evidence := verifyEvidence(seen, rel)
			if !o.onLastTarget(deployment.Verify) {
				return Ended{}, o.advance(ctx, a.Log, deployment.Verify, evidence)
			}
			_, err := say(ctx, a.Log, p.ref(), "succeed", func(d *deployment.Deployment) ([]domain.Event, error) {
				events, err := d.FinishStep(step.ID, evidence)
				if err != nil {
					return nil, err
				}
				succeeded, err := d.Succeed(rel.ReleaseID, evidence)
				return append(events, succeeded...), err
			})
			if err != nil {
				return Ended{}, err
			}
			return ended(ctx, a.Log, p.ref())
		}
		if time.Now().After(until) {
			return Ended{}, failed(ErrTypeUnverified, Failure{Code: "not_verified", Reason: wrong})
		}
		note(wrong)
		if !seen.Split.Same(o.split()) {
			again := fmt.Sprintf("%s/route/%d/%d", o.commandID(deployment.Verify), o.Call, try)
			if _, err := a.routeTo(ctx, p, again, o.split(), note); err != nil {
				return Ended{}, err
			}
		}
		select {
		case <-ctx.Done():
			return Ended{}, ctx.Err()
		case <-time.After(verifyEvery):
		}
	}
}

// closeDrains closes the drains before a step that were not done to their end, and begins the step.
func (o Order) closeDrains(next deployment.StepRef, skipped string) decideDeployment {
	return func(d *deployment.Deployment) ([]domain.Event, error) {
		var events []domain.Event
		for _, s := range o.Plan.Steps[:next.Index] {
			if s.Kind != deployment.Drain {
				continue
			}
			closed, err := d.FinishStep(s.ID, map[string]string{"skipped": skipped})
			if err != nil {
				return nil, err
			}
			events = append(events, closed...)
		}
		begun, err := open(next)(d)
		return append(events, begun...), err
	}
}

// observe asks what is true now. Observations are never journaled, so their ids need not be told apart.
func (a *Agents) observe(ctx context.Context, s Subject, deploymentID, releaseID string, note func(string)) (wire.Observed, error) {
	return ask[wire.Observed](ctx, a, s.ServerID, fmt.Sprintf("%s/observe/%d", deploymentID, time.Now().UnixNano()), wire.KindObserve,
		wire.Observe{Owner: s.owner(deploymentID), Release: releaseID}, RouteDeadline, note)
}

// amiss returns what is not as it should be with one release of a split, for a person; "" where all is well.
func amiss(seen wire.Observed, rel release.Created, replicas int, split traffic.Split) string {
	running, digest := 0, ""
	for _, i := range seen.Instances {
		if i.Labels.Release != rel.ReleaseID || i.State != runtime.Running {
			continue
		}
		running++
		if i.Digest != rel.Artifact.Digest {
			digest = i.Digest
		}
	}
	switch {
	case digest != "":
		return fmt.Sprintf("a replica runs %s instead of %s", digest, rel.Artifact.Digest)
	case running < replicas:
		return fmt.Sprintf("%d of %d replicas run", running, replicas)
	case seen.Healthy < replicas:
		return fmt.Sprintf("%d of %d replicas pass the health check", seen.Healthy, replicas)
	case !seen.Split.Same(split) && len(split) > 1:
		return "the edge does not split the traffic as it should: " + splitText(split)
	case !seen.Split.Same(split):
		return "the edge does not point at the new release"
	}
	return ""
}

func verifyEvidence(seen wire.Observed, rel release.Created) map[string]string {
	return map[string]string{
		"digest": rel.Artifact.Digest, "healthy": strconv.Itoa(seen.Healthy), "routed_to": splitText(seen.Split), "hosts": strings.Join(seen.Hosts, ", "),
	}
}
