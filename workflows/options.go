package workflows

import (
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// withLogOptions is for activities that read or append a few rows: tried again until the log is there. Their task queue is their
// own, so that none of them waits behind an activity that takes long.
func withLogOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: activities.QuickQueue, StartToCloseTimeout: 10 * time.Second, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second},
	})
}

// heartbeat is how soon a dead worker is noticed.
const heartbeat = 5 * time.Second

// endPatience is how long one form of an end is tried before it is taken for one that the log cannot take.
const endPatience = 10 * time.Minute

// withEndOptions is withLogOptions for the activities that record an end, with a bound.
func withEndOptions(ctx workflow.Context, summary string) workflow.Context {
	o := workflow.GetActivityOptions(withLogOptions(ctx, summary))
	o.ScheduleToCloseTimeout = endPatience
	return workflow.WithActivityOptions(ctx, o)
}

// lookEvery is the longest time between two looks of an activity that waits by being tried again.
const lookEvery = 5 * time.Second

// looking is for activities that look once and fail where what they look for is not so: the server tries them again
// after a growing interval. So a wait holds no activity slot, and an hour of it is one activity in the history.
func looking(ctx workflow.Context, atMost time.Duration, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: activities.QuickQueue, StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: atMost, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 1.5, MaximumInterval: lookEvery,
			MaximumAttempts: int32(atMost/lookEvery) + 20, // more than fit into the time
		},
	})
}

// withAgentOptions is for activities that need the agent's socket. They are never retried in place: whoever had the socket may not
// have it any more, so the workflow looks again (agentcall.go).
func withAgentOptions(ctx workflow.Context, replica string, atMost time.Duration, summary string, waitForCancellation bool) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: activities.HubQueue(replica), StartToCloseTimeout: atMost, HeartbeatTimeout: heartbeat,
		// A replica that does not take its work within this time is dead or gone.
		ScheduleToStartTimeout: 10 * time.Second,
		WaitForCancellation:    waitForCancellation, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}
