package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"go.temporal.io/sdk/activity"
)

// Joins waits for deployments that another run of the service workflow has started.
type Joins struct {
	Facts *Facts
	Slots interface {
		IsOpen(ctx context.Context, workflowID string) (bool, error)
	}
	// Every is how often it looks; zero means 1 s.
	Every time.Duration
}

// JoinDeployment returns when a deployment has ended. One whose workflow is gone without a word, as after an operator
// terminated it, is ended as failed.
func (j *Joins) JoinDeployment(ctx context.Context, r DeploymentRef) (Ended, error) {
	every := j.Every
	if every == 0 {
		every = time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		open, err := j.Slots.IsOpen(ctx, "deployment/"+r.DeploymentID)
		if err != nil {
			return Ended{}, err
		}
		now, err := ended(ctx, j.Facts.Log, r)
		if err != nil {
			return Ended{}, err
		}
		switch {
		case !open && now.Status == "":
			return Ended{}, refused(domain.Errorf(domain.NotFound, "deployment %s does not exist", r.DeploymentID))
		case !open && !now.Status.Ended():
			return j.Facts.EndDeployment(ctx, Interrupted(r))
		case !open:
			return now, nil
		}
		activity.RecordHeartbeat(ctx, fmt.Sprintf("deployment %s is %s", r.DeploymentID, now.Status))
		select {
		case <-ctx.Done():
			return Ended{}, cancelled()
		case <-activity.GetWorkerStopChannel(ctx):
			return Ended{}, errStopping
		case <-tick.C:
		}
	}
}

// Interrupted is the end of a deployment whose workflow is gone.
func Interrupted(r DeploymentRef) End {
	return End{DeploymentRef: r, Status: deployment.StatusFailed, Failure: Failure{
		Code: "interrupted", Reason: "the deployment's workflow was ended by an operator: deploy again",
	}}
}
