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
)

// remember takes over from the log which releases are warm. Those that have just become so are kept for the window;
// of too many the oldest go at once. A release that was rolled back to is not among them any more: so a rollback
// cancels its retirement.
func (w *serviceWriter) remember(ctx workflow.Context, kept activities.Ended) {
	now := workflow.Now(ctx)
	next := make([]Warm, 0, len(kept.Warm))
	for _, id := range kept.Warm {
		if i := slices.IndexFunc(w.Warm, func(old Warm) bool { return old.ReleaseID == id }); i >= 0 {
			next = append(next, w.Warm[i])
		} else {
			next = append(next, Warm{ReleaseID: id, RetireAt: now.Add(time.Duration(kept.WindowSeconds) * time.Second)})
		}
	}
	for i := range max(len(next)-maxWarm, 0) {
		if next[i].RetireAt.After(now) {
			next[i].RetireAt = now
		}
	}
	w.Warm, w.Remembers, w.warmChanged = next, true, true
}

// removeWarmReleases removes warm releases in their time, beside whatever runs: a deployment never waits for it.
func (w *serviceWriter) removeWarmReleases(ctx workflow.Context) {
	for {
		if !w.Remembers {
			// A first run leaves the way free for the request that started it.
			err := workflow.Await(ctx, func() bool {
				return w.Remembers || w.running == nil && len(w.Queue) == 0 && len(w.Endings) == 0
			})
			if err != nil {
				return
			}
			if w.Remembers {
				continue
			}
			var kept activities.Ended
			load := workflow.ExecuteActivity(withLogOptions(ctx, "which releases are warm?"), facts.LoadKept, w.ref(""))
			if load.Get(ctx, &kept) != nil {
				return
			}
			if !w.Remembers {
				w.remember(ctx, kept)
			}
		}
		w.warmChanged = false
		next, has := w.nextToRetire()
		if !has {
			if workflow.Await(ctx, func() bool { return w.warmChanged }) != nil {
				return
			}
			continue
		}
		if wait := next.RetireAt.Sub(workflow.Now(ctx)); wait > 0 {
			if _, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return w.warmChanged }); err != nil {
				return
			}
			continue
		}
		if w.deleting || w.shouldContinueAsNew(ctx) {
			return // the removal of the service, or the next run of the writer, takes it on
		}
		w.retire(ctx, next)
	}
}

// nextToRetire is the release to be removed first, but none that is being gone back to.
func (w *serviceWriter) nextToRetire() (next Warm, has bool) {
	for _, old := range w.Warm {
		if w.goesBackTo(old.ReleaseID) || w.running != nil && w.running.goesBackTo(old.ReleaseID) {
			continue
		}
		if !has || old.RetireAt.Before(next.RetireAt) {
			next, has = old, true
		}
	}
	return next, has
}

// retire removes a release, or puts it off where its agent is away.
func (w *serviceWriter) retire(ctx workflow.Context, old Warm) {
	w.retiring = old.ReleaseID
	defer func() { w.retiring, w.warmChanged = "", true }()
	err := w.retireNow(ctx, old)
	if err != nil {
		workflow.GetLogger(ctx).Info("retirement put off", "release", old.ReleaseID, "error", err)
	}
	now := workflow.Now(ctx)
	w.Warm = slices.DeleteFunc(w.Warm, func(o Warm) bool { return err == nil && o.ReleaseID == old.ReleaseID })
	for i := range w.Warm {
		if w.Warm[i].ReleaseID == old.ReleaseID {
			w.Warm[i].Tries++
			w.Warm[i].RetireAt = now.Add(min(time.Minute<<min(w.Warm[i].Tries, 10), maxPutOff))
		}
	}
}

func (w *serviceWriter) retireNow(ctx workflow.Context, old Warm) error {
	var plan activities.OperationPlan
	err := workflow.ExecuteActivity(withLogOptions(ctx, "plan the retirement"),
		plans.PlanRemoval, w.Organization, w.ServiceID).Get(ctx, &plan)
	if err != nil {
		return err
	}
	for i, t := range plan.Targets {
		calls := &agentCalls{
			serverID:   t.ServerID,
			serverName: t.ServerName,
			location:   t.Location,
			patience:   retirePatience,
		}
		atMost := activities.DrainDeadline(plan.Config.Rollout) + activities.StopDeadline(plan.Config) + time.Minute
		err := calls.do(ctx, atMost, "retire "+old.ReleaseID, agents.Retire, func() []any {
			key := fmt.Sprintf("%d/%d", old.RetireAt.UnixMilli(), calls.attempts)
			return []any{activities.Retirement{
				Plan:      plan.On(t),
				ReleaseID: old.ReleaseID,
				Last:      i == len(plan.Targets)-1,
				Key:       key,
			}}
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}
