package projections

import (
	"context"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
)

// Statuses of an operation.
const (
	OperationRequested = "requested"
	OperationSucceeded = "succeeded"
	OperationFailed    = "failed"
)

// serviceOperationHandlers follow stop, start, restart and scale.
func serviceOperationHandlers() []Handler {
	return []Handler{
		on(func(ctx context.Context, b *Batch, e Event[service.OperationRequested]) error {
			op := Operation{ID: e.Fact.OperationID, Kind: e.Fact.Kind, Status: OperationRequested, Replicas: e.Fact.Replicas, At: e.At}
			operations.Insert(b, e.Recorded, op.ID, operationRow{op, e.Subject()})
			return editService(ctx, b, e.Subject(), func(s *serviceRow) {
				s.Operation = &op
				s.Pending = append(s.Pending, op.ID)
			})
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.OperationSucceeded]) error {
			return endOperation(ctx, b, e.Subject(), e.Fact.OperationID, func(o *Operation) { o.Status = OperationSucceeded }, func(s *serviceRow) {
				switch e.Fact.Kind {
				case service.Stop:
					s.Stopped = true
				case service.Start:
					s.Stopped = false
				case service.Scale:
					s.Scaled = e.Fact.Replicas
				}
			})
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.OperationFailed]) error {
			return endOperation(ctx, b, e.Subject(), e.Fact.OperationID, func(o *Operation) { o.Status, o.Reason = OperationFailed, e.Fact.Reason }, func(*serviceRow) {})
		}),
	}
}

func endOperation(ctx context.Context, b *Batch, serviceID, id string, end func(*Operation), then func(*serviceRow)) error {
	if err := operations.Edit(ctx, b, id, func(o *operationRow) { end(&o.Operation) }); err != nil {
		return err
	}
	return editService(ctx, b, serviceID, func(s *serviceRow) {
		s.Pending = slices.DeleteFunc(s.Pending, func(p string) bool { return p == id })
		if s.Operation != nil && s.Operation.ID == id {
			end(s.Operation)
		}
		then(s)
	})
}

// serviceDeploymentHandlers follow where the service's deployments stand.
func serviceDeploymentHandlers() []Handler {
	return []Handler{
		on(func(ctx context.Context, b *Batch, e Event[deployment.Requested]) error {
			f := e.Fact
			serviceDeployments.Insert(b, e.Recorded, f.DeploymentID, serviceOf{f.ServiceID})
			return editService(ctx, b, f.ServiceID, func(s *serviceRow) {
				s.Deployment = &DeploymentRef{ID: f.DeploymentID, Kind: f.Kind, Status: deployment.Queued, At: e.At}
				if s.Underway == nil {
					s.Underway = map[string]string{}
				}
				s.Underway[f.DeploymentID] = f.ReleaseID
			})
		}),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.Started]) { d.Status = statusAfterStart(d.Kind) }),
		on(planServiceDeployment),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.StepStarted]) {
			d.Status = deployment.StatusDuring(e.Fact.Step.Kind)
		}),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.Succeeded]) { d.Status = deployment.StatusSucceeded }),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.Failed]) { d.Status = deployment.StatusFailed }),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.Cancelled]) { d.Status = deployment.StatusCancelled }),
		onServiceDeployment(func(d *DeploymentRef, e Event[deployment.Superseded]) { d.Status = deployment.StatusSuperseded }),
	}
}

// planServiceDeployment notes on which servers a deployment is at work: they have to keep what it starts there, although
// the service may not be placed on them yet or any more.
func planServiceDeployment(ctx context.Context, b *Batch, e Event[deployment.Planned]) error {
	of, err := serviceDeployments.Get(ctx, b, e.Subject())
	if of == nil || err != nil {
		return err
	}
	var servers []string
	for _, p := range e.Fact.Steps {
		if p.Step.Target != "" && !slices.Contains(servers, p.Step.Target) {
			servers = append(servers, p.Step.Target)
		}
	}
	return editService(ctx, b, of.ServiceID, func(s *serviceRow) {
		if _, underway := s.Underway[e.Subject()]; !underway || len(servers) == 0 {
			return
		}
		if s.UnderwayOn == nil {
			s.UnderwayOn = map[string][]string{}
		}
		s.UnderwayOn[e.Subject()] = servers
	})
}

func onServiceDeployment[F domain.Event](change func(*DeploymentRef, Event[F])) Handler {
	return on(func(ctx context.Context, b *Batch, e Event[F]) error {
		of, err := serviceDeployments.Get(ctx, b, e.Subject())
		if of == nil || err != nil {
			return err
		}
		return editService(ctx, b, of.ServiceID, func(s *serviceRow) {
			ref := DeploymentRef{}
			if s.Deployment != nil && s.Deployment.ID == e.Subject() {
				change(s.Deployment, e)
				ref = *s.Deployment
			} else {
				change(&ref, e)
			}
			if ref.Status.Ended() {
				delete(s.Underway, e.Subject())
				delete(s.UnderwayOn, e.Subject())
			}
		})
	})
}
