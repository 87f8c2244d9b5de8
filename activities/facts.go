package activities

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/fault"
)

// Facts appends what workflows have learnt.
type Facts struct {
	Log *eventstore.Log
}

// DeploymentRef names a deployment.
type DeploymentRef struct {
	Organization string `json:"org"`
	ServiceID    string `json:"service_id"`
	DeploymentID string `json:"deployment_id"`
}

func (p Plan) ref() DeploymentRef {
	return DeploymentRef{Organization: p.Organization, ServiceID: p.ServiceID, DeploymentID: p.DeploymentID}
}

// command is the identity of what a deployment's workflow says under a key.
func (r DeploymentRef) command(key string) eventstore.Command {
	workflowID := "deployment/" + r.DeploymentID
	return eventstore.Command{
		ID: workflowID + "/" + key, Organization: r.Organization, Correlation: r.DeploymentID,
		Actor: domain.Actor{Kind: domain.ActorWorkflow, ID: workflowID},
	}
}

type decideDeployment = func(*deployment.Deployment) ([]domain.Event, error)

func say(ctx context.Context, log *eventstore.Log, r DeploymentRef, key string, decide decideDeployment) (eventstore.Result, error) {
	res, err := eventstore.Execute(ctx, log, deployment.Stream(r.DeploymentID), r.command(key), decide)
	for _, e := range res.Events {
		if begun, ok := e.(deployment.StepStarted); ok {
			fault.Point("deploy." + begun.Step.ID + ".begun")
		}
	}
	return res, refused(err)
}

// Waiting is what a deployment waits for.
type Waiting struct {
	DeploymentRef
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// SayWaiting shows a person what the deployment waits for; an empty reason says that it goes on.
func (f *Facts) SayWaiting(ctx context.Context, w Waiting) error {
	_, err := say(ctx, f.Log, w.DeploymentRef, w.Key, func(d *deployment.Deployment) ([]domain.Event, error) { return d.Wait(w.Reason) })
	return err
}

// End is how a deployment is to end. Success is not among it: only Verify records that, from what it observed.
type End struct {
	DeploymentRef
	Status deployment.Status `json:"status"`
	Failure
	// By is the deployment that took a superseded one's place.
	By string `json:"by,omitempty"`
}

// Interrupted is the end of a deployment whose workflow is gone.
func Interrupted(r DeploymentRef) End {
	return End{DeploymentRef: r, Status: deployment.StatusFailed, Failure: Failure{
		Code: "interrupted", Reason: "the deployment's workflow was ended by an operator: deploy again",
	}}
}

// EndDeployment ends a deployment, and returns how it truly ended: it may have ended before, and one that has begun is not
// superseded any more.
func (f *Facts) EndDeployment(ctx context.Context, e End) (Ended, error) {
	_, err := say(ctx, f.Log, e.DeploymentRef, "end", func(d *deployment.Deployment) ([]domain.Event, error) {
		switch e.Status {
		case deployment.StatusCancelled:
			return d.EndCancelled()
		case deployment.StatusSuperseded:
			return d.Supersede(e.By)
		default:
			return d.Fail(e.Code, e.Reason)
		}
	})
	if err != nil {
		return Ended{}, err
	}
	if err := f.settlePlacement(ctx, e.DeploymentRef); err != nil {
		return Ended{}, err
	}
	return ended(ctx, f.Log, e.DeploymentRef)
}

// settlePlacement takes a service off the lists of servers that a placement put it on and that was not carried out.
func (f *Facts) settlePlacement(ctx context.Context, r DeploymentRef) error {
	d, err := eventstore.Load[deployment.Deployment](ctx, f.Log, deployment.Stream(r.DeploymentID))
	if err != nil || d.State.Kind != deployment.Place || !d.State.Status.Ended() {
		return err
	}
	return settleMembership(ctx, f.Log, r, targetsOf(d.State))
}

// ended reads how a deployment ended and what its service keeps.
func ended(ctx context.Context, log *eventstore.Log, r DeploymentRef) (Ended, error) {
	d, err := eventstore.Load[deployment.Deployment](ctx, log, deployment.Stream(r.DeploymentID))
	if err != nil {
		return Ended{}, refused(err)
	}
	s, err := eventstore.Load[service.Service](ctx, log, service.Stream(r.ServiceID))
	if err != nil {
		return Ended{}, refused(err)
	}
	return Ended{Status: d.State.Status, Warm: s.State.Warm, WindowSeconds: s.State.Config.WithDefaults().Rollout.RollbackWindowSeconds}, nil
}

// LoadKept returns which earlier releases of a service still run, and how a deployment ended, if one is named.
func (f *Facts) LoadKept(ctx context.Context, r DeploymentRef) (Ended, error) {
	return ended(ctx, f.Log, r)
}

// OperationEnd is why an operation did not succeed.
type OperationEnd struct {
	Organization string                `json:"org"`
	ServiceID    string                `json:"service_id"`
	OperationID  string                `json:"operation_id"`
	Kind         service.OperationKind `json:"kind"`
	Reason       string                `json:"reason"`
}

// FailOperation ends an operation.
func (f *Facts) FailOperation(ctx context.Context, e OperationEnd) error {
	return endOperation(ctx, f.Log, e, 0)
}

// endOperation records an operation's outcome: success where the reason is empty.
func endOperation(ctx context.Context, log *eventstore.Log, e OperationEnd, replicas int) error {
	workflowID := "operation/" + e.OperationID
	_, err := eventstore.Execute(ctx, log, service.Stream(e.ServiceID), eventstore.Command{
		ID: workflowID + "/end", Organization: e.Organization, Correlation: e.OperationID,
		Actor: domain.Actor{Kind: domain.ActorWorkflow, ID: workflowID},
	}, func(s *service.Service) ([]domain.Event, error) {
		return s.EndOperation(e.OperationID, e.Kind, replicas, e.Reason)
	})
	return refused(err)
}

// LoadReleases reads releases, in the order of their ids.
func (f *Facts) LoadReleases(ctx context.Context, ids []string) ([]release.Created, error) {
	return loadReleases(ctx, f.Log, ids)
}

func loadReleases(ctx context.Context, log *eventstore.Log, ids []string) ([]release.Created, error) {
	found := make([]release.Created, 0, len(ids))
	for _, id := range ids {
		r, err := eventstore.Load[release.Release](ctx, log, release.Stream(id))
		if err != nil {
			return nil, err
		}
		if r.State.ReleaseID == "" {
			return nil, refused(domain.Errorf(domain.NotFound, "release %s does not exist", id))
		}
		found = append(found, r.State.Created)
	}
	return found, nil
}
