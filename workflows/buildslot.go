package workflows

import (
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// askAgain is how often a deployment that waits for a build slot asks anew: a build queue that an operator terminated
// forgets who waited.
const askAgain = time.Minute

// slot waits for a build slot on the server. done gives it back, or the place in the queue, also when ctx is cancelled.
func (d *deploymentRun) slot(ctx workflow.Context) (done func(), err error) {
	// An agent that is away must not hold a slot that others could use.
	builder := d.agentOf(d.plan.BuildOn)
	if !builder.location.Online {
		if err := builder.await(ctx); err != nil {
			return nil, err
		}
	}
	request := activities.SlotOf(d.plan)
	free, _ := workflow.NewDisconnectedContext(ctx)
	done = func() {
		workflow.SignalExternalWorkflow(free, activities.BuildQueueID(d.plan.BuildOn), "", activities.SignalRelease, request)
	}
	asked := d.plan.SlotRequested
	answers := workflow.GetSignalChannel(ctx, SignalSlot)
	for {
		if !asked {
			if err := workflow.ExecuteActivity(withLogOptions(ctx, "ask for a build slot"), slots.RequestSlot, request).Get(ctx, nil); err != nil {
				done()
				return nil, decided(ctx, err)
			}
		}
		var answer Slot
		heard, _ := answers.ReceiveWithTimeout(ctx, askAgain, &answer)
		switch asked = heard; {
		case ctx.Err() != nil:
			done()
			return nil, ctx.Err()
		case heard && answer.Granted:
			return done, nil
		case heard:
			if err := d.say(ctx, fmt.Sprintf("waiting for a build slot on server %q (%d ahead)", builder.serverName, answer.Ahead)); err != nil {
				done()
				return nil, err
			}
		}
	}
}
