package api

import (
	"context"

	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

type listApprovalsInput struct {
	Paging
	Status  approval.Status `query:"status" enum:"pending,approved,rejected,expired,voided,used" doc:"Only those that stand there."`
	Service string          `query:"service" maxLength:"64" doc:"Only those about this service."`
}

func (a *API) listApprovals(ctx context.Context, in *listApprovalsInput) (*answer[Page[projections.Approval]], error) {
	rows, next, err := a.Queries.Approvals(ctx, identityOf(ctx).Organization, in.Status, in.Service, in.requestWithin(a.within(ctx)))
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Approval]]{Body: page(rows, next)}, nil
}

func (a *API) getApproval(ctx context.Context, in *ByID) (*answer[projections.Approval], error) {
	row, err := a.Queries.Approval(ctx, identityOf(ctx).Organization, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[projections.Approval]{Body: row}, nil
}

type approveInput struct {
	ByID
	Body struct {
		ShownDigest string `json:"shown_digest" minLength:"64" maxLength:"64" doc:"The approval's digest, as it was when you looked at it."`
	}
}

func (a *API) approve(ctx context.Context, in *approveInput) (*written[projections.Approval], error) {
	return a.decide(ctx, in.ID, in.Body, func(ap *approval.Approval, userID string) ([]domain.Event, error) {
		return ap.Approve(userID, in.Body.ShownDigest, a.now())
	})
}

type rejectInput struct {
	ByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"For those who asked."`
	}
}

func (a *API) reject(ctx context.Context, in *rejectInput) (*written[projections.Approval], error) {
	return a.decide(ctx, in.ID, in.Body, func(ap *approval.Approval, userID string) ([]domain.Event, error) {
		return ap.Reject(userID, in.Body.Reason, a.now())
	})
}

// decide records a decision of somebody who may do the action that it is about.
func (a *API) decide(ctx context.Context, approvalID string, body any,
	by func(*approval.Approval, string) ([]domain.Event, error),
) (*written[projections.Approval], error) {
	who := identityOf(ctx)
	ap, err := load[approval.Approval](ctx, a, "approval "+approvalID, approval.Stream(approvalID))
	if err != nil {
		return nil, err
	}
	about := access.Resource{Organization: who.Organization, Project: ap.Subject.ProjectID}
	if err := access.Can(who.principal(), access.ParseAction(ap.Action), about); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{approvalID, body})
	if err != nil {
		return nil, err
	}
	cmd.Correlation = ap.Subject.ID
	res, err := eventstore.Execute(ctx, a.Log, approval.Stream(approvalID), cmd, func(ap *approval.Approval) ([]domain.Event, error) {
		return by(ap, who.UserID)
	})
	if err != nil {
		return nil, err
	}
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Approval, error) {
		return a.Queries.Approval(ctx, who.Organization, approvalID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}
