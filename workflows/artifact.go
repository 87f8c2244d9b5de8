package workflows

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact"
	"go.temporal.io/sdk/workflow"
)

// transferTime bounds an activity that pushes or pulls.
const transferTime = activities.TransferDeadline + time.Minute

// bringArtifact makes an artifact be on a server: it is there, or the registry has it, or a server that holds it pushes
// it first. agentOf returns the calls to the agent of any server; those of holders are asked one after the other, and
// one whose agent is away is waited for only where no other is there.
func bringArtifact(
	ctx workflow.Context,
	t activities.Transfer,
	to string,
	agentOf func(serverID string) *agentCalls,
) error {
	// What was in the registry a moment ago may be collected: then whoever holds it pushes it once more.
	for try := 0; ; try++ {
		held, err := locateArtifact(ctx, t)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(held, func(l artifact.Location) bool { return l.Server == to }) {
			return nil
		}
		if !slices.ContainsFunc(held, artifact.Location.InRegistry) {
			if err := pushArtifact(ctx, t, held, agentOf); err != nil {
				return err
			}
		}
		calls := agentOf(to)
		input := func() []any { return []any{t.On(to, calls.attempts)} }
		err = calls.do(ctx, transferTime, "pull the artifact", agents.PullArtifact, input, nil)
		var f *failure
		if !errors.As(err, &f) || f.Code != runtime.CodeNoArtifact || try > 0 {
			return err
		}
	}
}

func locateArtifact(ctx workflow.Context, t activities.Transfer) (held []artifact.Location, err error) {
	look := workflow.ExecuteActivity(
		withLogOptions(ctx, "where is the artifact?"),
		places.LocateArtifact,
		t.Organization,
		t.Digest,
	)
	return held, look.Get(ctx, &held)
}

// pushArtifact lets one of the servers that hold an artifact bring it to the registry.
func pushArtifact(
	ctx workflow.Context,
	t activities.Transfer,
	held []artifact.Location,
	agentOf func(string) *agentCalls,
) error {
	var servers []*agentCalls
	for _, l := range held {
		if !l.InRegistry() {
			servers = append(servers, agentOf(l.Server))
		}
	}
	if len(servers) == 0 {
		return fail(
			runtime.CodeNoArtifact,
			fmt.Sprintf(
				"the artifact %.19s is on no server and not in the registry: deploy the service again",
				t.Digest,
			),
		)
	}
	for _, calls := range servers {
		if err := calls.locate(ctx); err != nil {
			return err
		}
	}
	slices.SortStableFunc(servers, func(a, b *agentCalls) int { // whose agent is there comes first
		switch {
		case a.location.Online == b.location.Online:
			return 0
		case a.location.Online:
			return -1
		}
		return 1
	})
	var last error
	for _, calls := range servers {
		input := func() []any { return []any{t.On(calls.serverID, calls.attempts)} }
		last = calls.do(ctx, transferTime, "push the artifact", agents.PushArtifact, input, nil)
		var f *failure
		if !errors.As(last, &f) || f.Code == runtime.CodeQuota {
			return last // done, over, or refused to everybody
		}
	}
	return last
}
