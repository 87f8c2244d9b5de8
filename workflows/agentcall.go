package workflows

import (
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Bounds of one call to an agent.
const (
	maxInternal     = 3   // failures of the agent's own making before the call fails
	maxDisturbances = 100 // an agent that comes and goes for ever is not there
	backoffStep     = 500 * time.Millisecond
	maxBackoff      = 5 * time.Second
	// steady is how long a call must have run to show that the agent was there. A replica that is dead takes a little more
	// than the ScheduleToStart or the heartbeat timeout to be noticed (options.go): that is no sign of an agent.
	steady = 30 * time.Second
)

// agentCalls calls one server's agent wherever it is connected, waiting for it where it is not.
type agentCalls struct {
	serverID, serverName string
	location             activities.Location
	// patience is how long an agent may be away.
	patience time.Duration
	// wait shows a person what is waited for; nil where nobody looks.
	wait func(ctx workflow.Context, reason string) error
	// calls counts activities sent to a hub, attempts the commands that an agent must not take for an earlier one.
	calls, attempts int
	// reached is true once the agent was there: losing it later is another story than not finding it.
	reached bool
	// repeated is true while a call is made that was made before, with an unknown outcome.
	repeated bool
	// lostAt is when the present absence began; zero where the agent is there. An agent that answers, one that is found
	// online again after it was offline, and a call that ran for a while end the absence.
	lostAt time.Time
	// leave makes a cancelled call end at once, rather than when the agent says so.
	leave bool
}

// do runs an activity at the replica that has the agent's socket until it has an outcome. input is made anew for each try.
// What it answers is nil, *failure, errCancelled, errEnded or ctx's error.
func (c *agentCalls) do(ctx workflow.Context, atMost time.Duration, summary string, activity any, input func() []any, out any) error {
	// disturbed counts all disturbances of this call and bounds an endless flap; inRow counts those of one absence.
	internal, disturbed, inRow := 0, 0, 0
	c.repeated, c.lostAt = false, time.Time{}
	for {
		if !c.location.Online {
			if err := c.await(ctx); err != nil {
				return err
			}
		}
		began := workflow.Now(ctx)
		c.calls, c.reached = c.calls+1, true
		err := workflow.ExecuteActivity(withAgentOptions(ctx, c.location.Replica, atMost, summary, !c.leave), activity, input()...).Get(ctx, out)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		kind, f := activities.FailureOf(err)
		switch kind {
		case activities.ErrTypeEnded:
			return errEnded
		case activities.ErrTypeCancelled:
			return errCancelled
		case activities.ErrTypeRefused, activities.ErrTypeUnverified:
			return &failure{f}
		case activities.ErrTypeAgent:
			if f.Code != wire.CodeInternal && f.Code != runtime.CodeCancelled {
				return &failure{f}
			}
			// A command that another, dying call cancelled left no outcome behind: the same one is done anew.
			c.lostAt, inRow = time.Time{}, 0
			if f.Code == wire.CodeInternal {
				internal++
				c.attempts++
			}
			if internal >= maxInternal {
				return fail("agent_error", fmt.Sprintf("the agent of server %q failed %d times: %s", c.serverName, internal, f.Reason))
			}
		default:
			if overTime(err) {
				return fail(runtime.CodeTimeout, fmt.Sprintf("server %q gave no answer within %s", c.serverName, atMost))
			}
		}
		now := workflow.Now(ctx)
		if c.lostAt.IsZero() || now.Sub(began) >= steady {
			c.lostAt, inRow = now, 0
		}
		c.repeated = true
		disturbed, inRow = disturbed+1, inRow+1
		if disturbed > maxDisturbances || now.Sub(c.lostAt) > c.patience {
			return c.gone()
		}
		if err := workflow.Sleep(ctx, min(time.Duration(inRow)*backoffStep, maxBackoff)); err != nil {
			return err
		}
		if err := c.locate(ctx); err != nil {
			return err
		}
	}
}

func (c *agentCalls) locate(ctx workflow.Context) error {
	return workflow.ExecuteActivity(withLogOptions(ctx, "where is the agent?"), fleet.LocateAgent, c.serverID).Get(ctx, &c.location)
}

// await waits for an agent that is away, and says so.
func (c *agentCalls) await(ctx workflow.Context) error {
	until := workflow.Now(ctx).Add(c.patience)
	if c.wait != nil {
		if err := c.wait(ctx, fmt.Sprintf("server %q is offline: waiting for its agent until %s", c.serverName, until.UTC().Format("15:04:05 UTC"))); err != nil {
			return err
		}
	}
	look := looking(ctx, c.patience+time.Minute, "wait for the agent")
	err := workflow.ExecuteActivity(look, fleet.AwaitAgent, c.serverID, until).Get(ctx, &c.location)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !c.location.Online {
		return c.gone()
	}
	c.lostAt = time.Time{}
	return nil
}

// gone is the failure of an agent that stayed away.
func (c *agentCalls) gone() error {
	if !c.reached {
		return fail(codeAgentOffline, fmt.Sprintf("server %q was offline for %s: start its agent and try again", c.serverName, c.patience))
	}
	return fail(codeAgentLost, fmt.Sprintf("the agent of server %q was lost on the way and did not come back within %s: start it and try again", c.serverName, c.patience))
}

// overTime says whether an activity was given all its time.
func overTime(err error) bool {
	var timeout *temporal.TimeoutError
	return errors.As(err, &timeout) && timeout.TimeoutType() == enums.TIMEOUT_TYPE_START_TO_CLOSE
}
