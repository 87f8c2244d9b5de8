package workflows

import (
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// Warm is an earlier release whose replicas still run, to be gone back to at once.
type Warm struct {
	ReleaseID string `json:"release_id"`
	// RetireAt is when it is removed.
	RetireAt time.Time `json:"retire_at"`
	// Tries to remove it that failed.
	Tries int `json:"tries,omitempty"`
}

const (
	// maxWarm is how many releases are kept warm beside the live one: each holds as much memory as the live one does.
	maxWarm = 2
	// retirePatience is how long a retirement waits for an agent before it is put off.
	retirePatience = 10 * time.Second
	maxPutOff      = 30 * time.Minute
	// joinAtMost bounds how long a deployment that was started elsewhere is waited for.
	joinAtMost = 24 * time.Hour
)

// remember takes over from the log which releases are warm. Those that have just become so are kept for the window;
// of too many the oldest go at once. A release that was rolled back to is not among them any more: so a rollback cancels
// its retirement.
func (s *serving) remember(ctx workflow.Context, kept activities.Ended) {
	now := workflow.Now(ctx)
	next := make([]Warm, 0, len(kept.Warm))
	for _, id := range kept.Warm {
		if i := slices.IndexFunc(s.Warm, func(w Warm) bool { return w.ReleaseID == id }); i >= 0 {
			next = append(next, s.Warm[i])
		} else {
			next = append(next, Warm{ReleaseID: id, RetireAt: now.Add(time.Duration(kept.WindowSeconds) * time.Second)})
		}
	}
	for i := range max(len(next)-maxWarm, 0) {
		if next[i].RetireAt.After(now) {
			next[i].RetireAt = now
		}
	}
	s.Warm, s.Remembers, s.kept = next, true, true
}

// keepWarm removes warm releases in their time, beside whatever runs: a deployment never waits for it.
func (s *serving) keepWarm(ctx workflow.Context) {
	for {
		if !s.Remembers {
			// A first run leaves the way free for the request that started it.
			if workflow.Await(ctx, func() bool { return s.Remembers || s.running == nil && len(s.Queue) == 0 && s.accepting == 0 }) != nil {
				return
			}
			if s.Remembers {
				continue
			}
			var kept activities.Ended
			if workflow.ExecuteActivity(quick(ctx, "which releases are warm?"), facts.LoadKept, s.ref("")).Get(ctx, &kept) != nil {
				return
			}
			if !s.Remembers {
				s.remember(ctx, kept)
			}
		}
		s.kept = false
		next, has := s.nextToRetire()
		if !has {
			if workflow.Await(ctx, func() bool { return s.kept }) != nil {
				return
			}
			continue
		}
		if wait := next.RetireAt.Sub(workflow.Now(ctx)); wait > 0 {
			if _, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return s.kept }); err != nil {
				return
			}
			continue
		}
		if s.deleting {
			return
		}
		s.retire(ctx, next)
	}
}

// nextToRetire is the release to be removed first, but none that is being gone back to.
func (s *serving) nextToRetire() (next Warm, has bool) {
	for _, w := range s.Warm {
		if s.goesBackTo(w.ReleaseID) || s.running != nil && s.running.goesBackTo(w.ReleaseID) {
			continue
		}
		if !has || w.RetireAt.Before(next.RetireAt) {
			next, has = w, true
		}
	}
	return next, has
}

// retire removes a release, or puts it off where its agent is away.
func (s *serving) retire(ctx workflow.Context, w Warm) {
	s.retiring = w.ReleaseID
	defer func() { s.retiring, s.kept = "", true }()
	err := s.retireNow(ctx, w)
	if err != nil {
		workflow.GetLogger(ctx).Info("retirement put off", "release", w.ReleaseID, "error", err)
	}
	now := workflow.Now(ctx)
	s.Warm = slices.DeleteFunc(s.Warm, func(o Warm) bool { return err == nil && o.ReleaseID == w.ReleaseID })
	for i := range s.Warm {
		if s.Warm[i].ReleaseID == w.ReleaseID {
			s.Warm[i].Tries++
			s.Warm[i].RetireAt = now.Add(min(time.Minute<<min(s.Warm[i].Tries, 10), maxPutOff))
		}
	}
}

func (s *serving) retireNow(ctx workflow.Context, w Warm) error {
	var plan activities.OperationPlan
	if err := workflow.ExecuteActivity(quick(ctx, "plan the retirement"), plans.PlanRemoval, s.Organization, s.ServiceID).Get(ctx, &plan); err != nil {
		return err
	}
	calls := &agentCalls{serverID: plan.ServerID, serverName: plan.ServerName, location: plan.Location, patience: retirePatience}
	atMost := activities.DrainDeadline(plan.Config.Rollout) + activities.StopDeadline(plan.Config) + time.Minute
	return calls.do(ctx, atMost, "retire "+w.ReleaseID, agents.Retire, func() []any {
		return []any{activities.Retirement{Plan: plan, ReleaseID: w.ReleaseID, Key: fmt.Sprintf("%d/%d", w.RetireAt.UnixMilli(), calls.attempts)}}
	}, nil)
}
