package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
)

// drainCommand is the command to wait for what a release still serves.
func drainCommand(owner wire.Owner, releaseID string, r service.Rollout) wire.Drain {
	return wire.Drain{Owner: owner, Release: releaseID, Seconds: r.DrainSeconds, WebSocketSeconds: r.WebSocketDrainSeconds}
}

// DrainDeadline is how long an agent may take to drain.
func DrainDeadline(r service.Rollout) time.Duration {
	return time.Duration(max(r.DrainSeconds, r.WebSocketDrainSeconds))*time.Second + margin
}

// stopCommand is the command to end replicas under a service's settings, once they have finished what they serve.
func stopCommand(owner wire.Owner, c service.Config) wire.Stop {
	c = c.WithDefaults()
	return wire.Stop{
		Owner:            owner,
		DrainSeconds:     c.Rollout.DrainSeconds,
		WebSocketSeconds: c.Rollout.WebSocketDrainSeconds,
		GraceSeconds:     c.Run.StopGraceSeconds,
	}
}

// StopDeadline is how long an agent may take to drain and stop replicas.
func StopDeadline(c service.Config) time.Duration {
	c = c.WithDefaults()
	return DrainDeadline(c.Rollout) + time.Duration(c.Run.StopGraceSeconds)*time.Second + time.Minute
}

// Retirement removes one warm release.
type Retirement struct {
	Plan      OperationPlan `json:"plan"`
	ReleaseID string        `json:"release_id"`
	// Last is true on the last of the service's targets: from then on the release is on record as gone.
	Last bool `json:"last"`
	// Key tells this retirement from another of the same release, which may have been rolled back to in between.
	Key string `json:"key"`
}

// Retire removes the replicas of a warm release whose window is over. A release that came back meanwhile is left alone:
// the log does not call it warm, or its drain is refused because the edge points at it. The artifact stays: the agent
// prunes those that neither the control plane nor a release on its server needs.
func (a *Agents) Retire(ctx context.Context, r Retirement) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.retire(ctx, r, note) })
}

func (a *Agents) retire(ctx context.Context, r Retirement, note func(string)) error {
	svc, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(r.Plan.ServiceID))
	if err != nil {
		return err
	}
	if !slices.Contains(svc.State.Warm, r.ReleaseID) {
		return nil
	}
	owner, id := r.Plan.owner(""), "retire/"+r.ReleaseID+"/"+r.Key
	if !svc.State.Stopped {
		if _, err := ask[wire.Drained](ctx, a, r.Plan.ServerID, id+"/drain", wire.KindDrain, drainCommand(owner, r.ReleaseID, r.Plan.Config.Rollout), DrainDeadline(r.Plan.Config.Rollout), note); err != nil {
			return err
		}
	}
	stop := stopCommand(owner, r.Plan.Config)
	stop.Releases, stop.Remove = []string{r.ReleaseID}, true
	_, err = ask[wire.Stopped](ctx, a, r.Plan.ServerID, id+"/stop", wire.KindStop, stop, StopDeadline(r.Plan.Config), note)
	if err != nil {
		return err
	}
	if !r.Last {
		return nil
	}
	return a.retired(ctx, r.Plan.Subject, serviceCommand(r.Plan.Subject, id), r.ReleaseID)
}

func (a *Agents) retired(ctx context.Context, s Subject, cmd eventstore.Command, releaseID string) error {
	_, err := eventstore.Execute(ctx, a.Log, service.Stream(s.ServiceID), cmd, func(s *service.Service) ([]domain.Event, error) { return s.RetireRelease(releaseID) })
	return refused(err)
}

// serviceCommand is the identity of what a service's workflow says under a key.
func serviceCommand(s Subject, key string) eventstore.Command {
	workflowID := "service/" + s.ServiceID
	return eventstore.Command{
		ID: workflowID + "/" + key, Organization: s.Organization, Correlation: s.ServiceID,
		Actor: domain.Actor{Kind: domain.ActorWorkflow, ID: workflowID},
	}
}

// Removal takes a deleted service off its server.
type Removal struct {
	Plan    OperationPlan `json:"plan"`
	Attempt int           `json:"attempt,omitempty"`
}

// RemoveService takes a service's hosts off the edge and deletes all its replicas.
func (a *Agents) RemoveService(ctx context.Context, r Removal) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.removeService(ctx, r, note) })
}

func (a *Agents) removeService(ctx context.Context, r Removal, note func(string)) error {
	stop := stopCommand(r.Plan.owner(""), r.Plan.Config)
	stop.Remove, stop.Unroute = true, true
	id := fmt.Sprintf("delete/%s/%d", r.Plan.ServiceID, r.Attempt)
	_, err := ask[wire.Stopped](ctx, a, r.Plan.ServerID, id, wire.KindStop, stop, StopDeadline(r.Plan.Config), note)
	return err
}
