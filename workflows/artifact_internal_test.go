package workflows

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// shipment is an artifact that is to be brought to server "to".
type shipment struct {
	env *testsuite.TestWorkflowEnvironment
	// held are the places of the artifact; "" is the registry.
	held []string
	// away are servers whose agents are not there; fails what the agents of servers answer.
	away  []string
	fails map[string][]error
	did   []string
	// collect is true where a pull that fails shows that the registry has it no more.
	collect bool
}

func agentError(code string) error {
	return temporal.NewNonRetryableApplicationError(
		code,
		activities.ErrTypeAgent,
		nil,
		activities.Failure{Code: code, Reason: code},
	)
}

func newShipment(held ...string) *shipment {
	var suite testsuite.WorkflowTestSuite
	s := &shipment{env: suite.NewTestWorkflowEnvironment(), held: held, fails: map[string][]error{}}
	for _, a := range []any{&activities.Fleet{}, &activities.Agents{}, &activities.Places{}} {
		s.env.RegisterActivity(a)
	}
	any1, any2, any3 := mock.Anything, mock.Anything, mock.Anything
	s.env.OnActivity("LocateArtifact", any1, any2, any3).
		Return(func(context.Context, string, string) ([]artifact.Location, error) {
			var out []artifact.Location
			for _, server := range s.held {
				out = append(out, artifact.Location{Server: server})
			}
			return out, nil
		})
	s.env.OnActivity("LocateAgent", any1, any2).Return(func(_ context.Context, id string) (activities.Location, error) {
		return activities.Location{Online: !slices.Contains(s.away, id), Replica: "r1"}, nil
	})
	s.env.OnActivity("AwaitAgent", any1, any2, any3).
		Return(func(_ context.Context, id string, _ time.Time) (activities.Location, error) {
			return activities.Location{Online: !slices.Contains(s.away, id), Replica: "r1"}, nil
		})
	s.env.OnActivity("PushArtifact", any1, any2).
		Return(func(_ context.Context, t activities.Transfer) (wire.ArtifactPushed, error) {
			err := s.done("push", t.ServerID)
			if err == nil {
				s.held = append(s.held, "")
			}
			return wire.ArtifactPushed{}, err
		})
	s.env.OnActivity("PullArtifact", any1, any2).
		Return(func(_ context.Context, t activities.Transfer) (wire.ArtifactPulled, error) {
			err := s.done("pull", t.ServerID)
			if err != nil && s.collect {
				s.held = slices.DeleteFunc(s.held, func(server string) bool { return server == "" })
			}
			return wire.ArtifactPulled{}, err
		})
	return s
}

func (s *shipment) done(what, server string) error {
	key := what + " " + server
	s.did = append(s.did, key)
	if waiting := s.fails[key]; len(waiting) > 0 {
		s.fails[key] = waiting[1:]
		return waiting[0]
	}
	return nil
}

// bring runs bringArtifact and returns the code of its failure.
func (s *shipment) bring(t *testing.T) (code string) {
	t.Helper()
	s.env.ExecuteWorkflow(func(ctx workflow.Context) (string, error) {
		agents := map[string]*agentCalls{}
		agentOf := func(id string) *agentCalls {
			if agents[id] == nil {
				agents[id] = &agentCalls{serverID: id, serverName: id, patience: time.Minute}
			}
			return agents[id]
		}
		err := bringArtifact(ctx, activities.Transfer{Work: "dep", Digest: "sha256:x"}, "to", agentOf)
		if f, is := err.(*failure); is { //nolint:errorlint // it is never wrapped
			return f.Code, nil
		}
		return "", err
	})
	require.NoError(t, s.env.GetWorkflowError())
	require.NoError(t, s.env.GetWorkflowResult(&code))
	return code
}

func TestBringArtifact(t *testing.T) {
	t.Parallel()
	gone, quota := agentError(runtime.CodeNoArtifact), agentError(runtime.CodeQuota)
	for name, c := range map[string]struct {
		held, away []string
		fails      map[string][]error
		did        []string
		code       string
	}{
		"it is there":              {held: []string{"a", "to"}},
		"the registry has it":      {held: []string{"a", ""}, did: []string{"pull to"}},
		"a server pushes it first": {held: []string{"a", "b"}, did: []string{"push a", "pull to"}},
		"whose agent is there pushes": {
			held: []string{"a", "b"}, away: []string{"a"}, did: []string{"push b", "pull to"},
		},
		"nobody whose agent is there": {held: []string{"a"}, away: []string{"a"}, code: codeAgentOffline},
		"it is nowhere":               {code: runtime.CodeNoArtifact},
		"who said to hold it does not": {
			held: []string{"a", "b"}, fails: map[string][]error{"push a": {gone}},
			did: []string{"push a", "push b", "pull to"},
		},
		"no room in the registry": {
			held: []string{"a", "b"}, fails: map[string][]error{"push a": {quota}},
			did: []string{"push a"}, code: runtime.CodeQuota,
		},
		"it was collected meanwhile": {held: []string{"a", ""}, fails: map[string][]error{"pull to": {gone, gone}},
			did: []string{"pull to", "pull to"}, code: runtime.CodeNoArtifact},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShipment(c.held...)
			s.away, s.fails = c.away, c.fails
			require.Equal(t, c.code, s.bring(t))
			require.Equal(t, c.did, s.did)
		})
	}
}

func TestBringArtifact_whatWasCollectedIsPushedOnceMore(t *testing.T) {
	t.Parallel()
	s := newShipment("a", "")
	s.collect = true
	s.fails = map[string][]error{"pull to": {agentError(runtime.CodeNoArtifact)}}
	require.Empty(t, s.bring(t))
	require.Equal(t, []string{"pull to", "push a", "pull to"}, s.did)
}
