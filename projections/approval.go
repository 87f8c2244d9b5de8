package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/approval"
)

// Approval is a person's pending or taken decision about one action.
type Approval struct {
	ID          string           `json:"id"`
	Subject     approval.Subject `json:"subject"`
	ProjectID   string           `json:"project_id,omitempty"`
	ServiceID   string           `json:"service_id,omitempty"`
	Action      string           `json:"action"`
	Title       string           `json:"title"`
	ShownDigest string           `json:"shown_digest"`
	Deciders    []string         `json:"deciders"`
	Status      approval.Status  `json:"status"`
	DecidedBy   string           `json:"decided_by,omitempty"`
	Reason      string           `json:"reason,omitempty"`
	CreatedAt   time.Time        `json:"created_at"`
	ExpiresAt   time.Time        `json:"expires_at"`
	DecidedAt   *time.Time       `json:"decided_at,omitempty"`
}

var approvals = Table[Approval]{Name: "approval", Keys: []string{"status", "service_id", "project_id"}}

func approvalModel() Model {
	return Model{Name: "approval", Version: 2, Tables: []schema{approvals}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[approval.Requested]) error {
			f := e.Fact
			approvals.Insert(b, e.Recorded, f.ApprovalID, Approval{
				ID:          f.ApprovalID,
				Subject:     f.Subject,
				ProjectID:   f.Subject.ProjectID,
				ServiceID:   f.Subject.ServiceID,
				Action:      f.Action,
				Title:       f.Title,
				ShownDigest: f.ShownDigest,
				Deciders:    append([]string{}, f.Deciders...),
				Status:      approval.Pending,
				CreatedAt:   e.At,
				ExpiresAt:   f.ExpiresAt,
			})
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[approval.Approved]) error {
			return decide(ctx, b, e.Subject(), e.At, approval.StatusApproved, e.Fact.UserID, "")
		}),
		on(func(ctx context.Context, b *Batch, e Event[approval.Rejected]) error {
			return decide(ctx, b, e.Subject(), e.At, approval.StatusRejected, e.Fact.UserID, e.Fact.Reason)
		}),
		on(func(ctx context.Context, b *Batch, e Event[approval.Expired]) error {
			return approvals.Edit(ctx, b, e.Subject(), func(a *Approval) { a.Status = approval.StatusExpired })
		}),
		on(func(ctx context.Context, b *Batch, e Event[approval.Voided]) error {
			return approvals.Edit(ctx, b, e.Subject(), func(a *Approval) { a.Status, a.Reason = approval.StatusVoided, e.Fact.Reason })
		}),
		on(func(ctx context.Context, b *Batch, e Event[approval.Used]) error {
			return approvals.Edit(ctx, b, e.Subject(), func(a *Approval) { a.Status = approval.StatusUsed })
		}),
	}}
}

func decide(ctx context.Context, b *Batch, id string, at time.Time, status approval.Status, by, reason string) error {
	return approvals.Edit(ctx, b, id, func(a *Approval) {
		a.Status, a.DecidedBy, a.Reason, a.DecidedAt = status, by, reason, &at
	})
}

// Approvals returns a page of an organization's approvals, newest first, of one status and one service where they are
// given, and the cursor of the next page.
func (q *Queries) Approvals(ctx context.Context, org string, status approval.Status, serviceID string, page PageRequest) ([]Approval, string, error) {
	only := match{{"status", string(status)}, {"service_id", serviceID}, {"project_id", page.Within}}
	return pageOf(ctx, q, org, approvals, only, page.Limit, page.Cursor)
}

// Approval returns one approval.
func (q *Queries) Approval(ctx context.Context, org, id string) (Approval, error) {
	return one(ctx, q, org, approvals, "approval", id, `WHERE org_id = $1 AND id = $2`, org, id)
}
