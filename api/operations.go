package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

type createOperationInput struct {
	ByID
	Body struct {
		Kind     service.OperationKind `json:"kind" doc:"What to do with the running service."`
		Replicas int                   `json:"replicas,omitempty" minimum:"1" maximum:"20" doc:"For scale: how many copies."`
	}
}

func (a *API) createOperation(ctx context.Context, in *createOperationInput) (*written[projections.Operation], error) {
	if _, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID)); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{in.ID, in.Body})
	if err != nil {
		return nil, err
	}
	o := service.OperationRequested{OperationID: id.Derived("opr", cmd.ID), Kind: in.Body.Kind, Replicas: in.Body.Replicas}
	cmd.Correlation = o.OperationID
	res, err := eventstore.Execute(ctx, a.Log, service.Stream(in.ID), cmd, func(s *service.Service) ([]domain.Event, error) {
		return s.RequestOperation(o)
	})
	if err != nil {
		return nil, err
	}
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Operation, error) {
		return a.Queries.Operation(ctx, identityOf(ctx).Organization, in.ID, o.OperationID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}

type getOperationInput struct {
	ByID
	Operation string `path:"operation" maxLength:"64" doc:"The operation's id."`
}

func (a *API) getOperation(ctx context.Context, in *getOperationInput) (*answer[projections.Operation], error) {
	org := identityOf(ctx).Organization
	if _, err := a.Queries.Service(ctx, org, in.ID); err != nil {
		return nil, err
	}
	row, err := a.Queries.Operation(ctx, org, in.ID, in.Operation)
	if err != nil {
		return nil, err
	}
	return &answer[projections.Operation]{Body: row}, nil
}

func (a *API) resumeAutoDeploy(ctx context.Context, in *ByID) (*written[projections.Service], error) {
	if _, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID)); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, service.Stream(in.ID), cmd, func(s *service.Service) ([]domain.Event, error) {
		return s.Resume()
	})
	if err != nil {
		return nil, err
	}
	return a.service(ctx, res, in.ID)
}
