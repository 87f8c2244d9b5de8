package workflows

import (
	"errors"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// Codes of failures that workflows find themselves; the others come from agents and aggregates.
const (
	codeAgentOffline = "agent_offline" // it was away from the start
	codeAgentLost    = "agent_lost"    // it went away in between
	codeNotVerified  = "not_verified"  // routed, but not seen well afterwards
	codeInterrupted  = "interrupted"   // its workflow was cancelled while it moved the traffic
	codeUnknownStep  = "unknown_step"  // the plan is of a newer version of Syntra
	codeInternal     = "internal"
)

// failure ends a deployment or an operation, for a person to read.
type failure struct{ activities.Failure }

func (f *failure) Error() string { return f.Reason }

func fail(code, reason string) error {
	return &failure{activities.Failure{Code: code, Reason: reason}}
}

// errCancelled ends what a person took back.
var errCancelled = errors.New("cancelled")

// errEnded ends what the log says has ended already.
var errEnded = errors.New("ended")

// recordEnd runs an activity that records how a deployment or an operation ended. It waits out an outage of the log,
// however long. An end that the log cannot take is given up after endPatience for the next, plainer one; when none is
// left, recordEnd returns the error, and the workflow ends with it rather than staying open for ever.
func recordEnd(ctx workflow.Context, summary string, activity, out any, ends ...any) (err error) {
	for _, end := range ends {
		for {
			err = workflow.ExecuteActivity(withEndOptions(ctx, summary), activity, end).Get(ctx, out)
			if err == nil || ctx.Err() != nil {
				return err
			}
			if !activities.IsOutage(err) {
				break
			}
		}
		workflow.GetLogger(ctx).Error("an end could not be recorded", "what", summary, "error", err)
	}
	return err
}
