package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/api/serviceerror"
)

// terminate ends a service's writer, as an operator could, while one deployment is under way and others wait behind it:
// as soon as the first has its turn, when it builds, and when traffic moves. Each deployment must end by itself.
func (f *CoreFigures) terminate(ctx context.Context, p *harness.Platform, serviceID, source string) error {
	for _, at := range []string{"", string(deployment.Build), string(deployment.Shift)} {
		var open []string
		for range 2 {
			id, err := p.Submit(ctx, serviceID, source)
			if err != nil {
				return err
			}
			open = append(open, id)
		}
		if err := reaches(ctx, p, open[0], at); err != nil {
			return err
		}
		if err := terminateWriter(ctx, p, serviceID); err != nil {
			return err
		}
		f.Terminated++
		f.Opened += len(open)
		for _, id := range open {
			if err := deploymentEnds(ctx, p, id); err != nil {
				f.wrong(&f.Unended, err)
			}
		}
	}
	return nil
}

func deploymentEnds(ctx context.Context, p *harness.Platform, id string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := p.AwaitDeployment(ctx, id)
	return err
}

// reaches waits until a deployment has begun a step, or where that is "" has left the queue. One that ends sooner, because
// a newer one took its place, has reached all that it will.
func reaches(ctx context.Context, p *harness.Platform, id, step string) error {
	for {
		d, err := p.Deployment(ctx, id)
		if err == nil && (d.Status.Ended() || step == "" && d.Status != deployment.Queued || begun(d, step)) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("deployment %s did not reach %q: %w (%w)", id, step, ctx.Err(), err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func begun(d projections.Deployment, step string) bool {
	for _, s := range d.Steps {
		if s.ID == step {
			return s.Status != projections.StepPending
		}
	}
	return false
}

func terminateWriter(ctx context.Context, p *harness.Platform, serviceID string) error {
	c, err := temporal(p)
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.TerminateWorkflow(ctx, workflows.ServiceID(serviceID), "", "a proof plays the operator")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return fmt.Errorf("the writer of service %s does not run: %w", serviceID, err)
	}
	return err
}
