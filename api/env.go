package api

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// Environment is a service's variables. Values are never shown again.
type Environment struct {
	Version int                    `json:"version" doc:"Of the whole environment; releases refer to it."`
	Items   []projections.Variable `json:"items" doc:"Names only: values stay in the vault."`
}

func (a *API) listVariables(ctx context.Context, in *ByID) (*answer[Environment], error) {
	org := identityOf(ctx).Organization
	row, err := a.Queries.Service(ctx, org, in.ID)
	if err != nil {
		return nil, err
	}
	items, err := a.Queries.Variables(ctx, org, in.ID)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []projections.Variable{}
	}
	return &answer[Environment]{Body: Environment{Version: row.EnvVersion, Items: items}}, nil
}

type changeVariablesInput struct {
	ByID
	Body struct {
		Set   map[string]string `json:"set,omitempty" maxProperties:"200" doc:"Values by name, each up to 64 KiB. They are encrypted at once and never shown again."`
		Unset []string          `json:"unset,omitempty" maxItems:"200" doc:"Names to remove."`
	}
}

// EnvironmentVersion names what a change led to.
type EnvironmentVersion struct {
	Version int `json:"version" doc:"Takes effect with the next deployment or redeployment."`
}

func (a *API) changeVariables(ctx context.Context, in *changeVariablesInput) (*written[EnvironmentVersion], error) {
	org := identityOf(ctx).Organization
	names := slices.Sorted(maps.Keys(in.Body.Set))
	for _, n := range names {
		if err := secret.CheckValue(n, in.Body.Set[n]); err != nil {
			return nil, err
		}
	}
	svc, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID))
	if err == nil {
		err = svc.MustExist()
	}
	if err != nil {
		return nil, err
	}
	// Names only: a fingerprint of values would let a reader of the database guess them.
	cmd, err := a.command(ctx, []any{in.ID, names, in.Body.Unset})
	if err != nil {
		return nil, err
	}
	unlock, err := a.lockEnvironment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	version := 0
	res, err := eventstore.Execute(ctx, a.Log, secret.Stream(in.ID), cmd, func(e *secret.Environment) ([]domain.Event, error) {
		version = e.Version
		events, err := e.Change(in.ID, names, in.Body.Unset)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		// The values are in the vault before the event that refers to them. If the append fails, nothing refers to them,
		// and the next change overwrites them.
		changed := events[0].(secret.Changed)
		values := make(map[secret.Ref]string, len(names))
		for _, n := range names {
			values[changed.Set[n]] = in.Body.Set[n]
		}
		return events, a.Vault.Put(ctx, org, in.ID, values)
	})
	if err != nil {
		return nil, err
	}
	if len(res.Events) > 0 {
		version = res.Events[0].(secret.Changed).Version
	}
	return wrote(res, EnvironmentVersion{Version: version}), nil
}

// lockEnvironment lets one writer at a time, over all replicas, go from "put the values of version n" to "append
// version n": two at once would put different values under the same references. The connection it holds is why only
// one request per replica may wait here.
func (a *API) lockEnvironment(ctx context.Context, serviceID string) (func(), error) {
	select {
	case a.envTurn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave := func() { <-a.envTurn }
	conn, err := a.Pool.Acquire(ctx)
	if err != nil {
		leave()
		return nil, fmt.Errorf("lock the environment of %s: %w", serviceID, err)
	}
	key := "environment " + serviceID
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, key); err != nil {
		conn.Conn().Close(context.WithoutCancel(ctx)) // it may hold the lock
		conn.Release()
		leave()
		return nil, fmt.Errorf("lock the environment of %s: %w", serviceID, err)
	}
	return func() {
		free := context.WithoutCancel(ctx)
		if _, err := conn.Exec(free, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, key); err != nil {
			conn.Conn().Close(free) // ends the session, and the lock with it
		}
		conn.Release()
		leave()
	}, nil
}
