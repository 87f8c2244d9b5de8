package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/eventstore"
)

// Agents are the activities that run on the replica that has the agent's socket.
type Agents struct {
	Hub    Hub
	Vault  Vault
	Log    *eventstore.Log
	Locate Locate
	// Artifacts is the registry; nil where artifacts stay on the servers that built them.
	Artifacts Artifacts
	// Patience is how long a release that was routed may take to be seen well; zero means VerifyPatience.
	Patience time.Duration
}

// margin is what an agent's own deadline leaves for its answer to come back, within the activity's StartToClose.
const margin = 10 * time.Second

// ask sends one command and reads its answer. Deadline is how long the agent may take.
func ask[T any](ctx context.Context, a *Agents, serverID, id string, kind wire.Kind, body any, deadline time.Duration, note func(string)) (T, error) {
	var out T
	data, err := json.Marshal(body)
	if err != nil {
		return out, fmt.Errorf("encode %s command: %w", kind, err)
	}
	cause := eventstore.CauseOf(ctx)
	res, err := a.do(ctx, serverID, wire.Command{
		ID:          id,
		Kind:        kind,
		Data:        data,
		Deadline:    time.Now().Add(deadline),
		Correlation: cause.Correlation,
		Trace:       cause.Trace,
	}, note)
	switch {
	case errors.Is(err, ErrOffline), errors.Is(err, ErrElsewhere):
		return out, away(err)
	case errors.Is(err, errStopping):
		return out, err
	case errors.Is(err, context.DeadlineExceeded):
		return out, failed(ErrTypeAgent, Failure{Code: runtime.CodeTimeout, Reason: fmt.Sprintf("the agent gave no answer to %q within %s", kind, deadline)})
	case err != nil:
		return out, fmt.Errorf("%s on server %s: %w", kind, serverID, err)
	case res.Error != nil:
		return out, agentFailed(res.Error)
	}
	if len(res.Data) > 0 {
		if err := json.Unmarshal(res.Data, &out); err != nil {
			return out, fmt.Errorf("read the agent's answer to %s: %w", kind, err)
		}
	}
	return out, nil
}

// lookEvery is how often a call that waits for an agent looks whether the agent is still there.
const lookEvery = 2 * time.Second

// do waits for the hub, but not for longer than this worker lives or the agent is there: a command that is left behind
// goes on at the agent, whose journal answers when it is asked again, and the workflow can meanwhile tell a person what it
// waits for. Only a true cancellation reaches the agent.
func (a *Agents) do(ctx context.Context, serverID string, cmd wire.Command, note func(string)) (wire.Result, error) {
	type outcome struct {
		res wire.Result
		err error
	}
	call, cancel := context.WithDeadline(context.WithoutCancel(ctx), cmd.Deadline.Add(margin))
	answered := make(chan outcome, 1)
	go func() {
		defer cancel()
		res, err := a.Hub.Do(call, serverID, cmd, note)
		answered <- outcome{res, err}
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case o := <-answered:
			return o.res, o.err
		case <-look.C:
			if at, err := a.Locate(ctx, serverID); err == nil && !at.Online {
				return wire.Result{}, ErrOffline
			}
		case <-ctx.Done():
			if err := cause(ctx, ctx.Err()); errors.Is(err, errStopping) {
				return wire.Result{}, err
			}
			cancel()
			<-answered
			return wire.Result{}, ctx.Err()
		}
	}
}

// environment decrypts a version of a service's variables, or only those named.
func (a *Agents) environment(ctx context.Context, s Subject, version int, only ...string) (map[string]string, error) {
	env, err := eventstore.Load[secret.Environment](ctx, a.Log, secret.Stream(s.ServiceID))
	if err != nil {
		return nil, err
	}
	refs := env.State.At(version)
	if only != nil {
		named := map[string]secret.Ref{}
		for _, name := range only {
			ref, has := refs[name]
			if !has {
				return nil, refused(domain.Errorf(domain.NotFound, "variable %s is not set: set it with `syn env set %s=…`, or take its name out of the service's settings", name, name).WithReason("no_variable"))
			}
			named[name] = ref
		}
		refs = named
	}
	if len(refs) == 0 {
		return nil, nil
	}
	values, err := a.Vault.Get(ctx, s.Organization, s.ServiceID, refs)
	if err != nil {
		return nil, fmt.Errorf("open the environment of service %s: %w", s.ServiceID, err)
	}
	return values, nil
}

// open begins a step, or says that a deployment which waited goes on.
func open(step deployment.StepRef) decideDeployment {
	return func(d *deployment.Deployment) ([]domain.Event, error) {
		events, err := d.BeginStep(step.ID)
		if err != nil || len(events) > 0 {
			return events, err
		}
		return d.Wait("")
	}
}
