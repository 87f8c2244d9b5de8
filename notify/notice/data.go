package notice

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
)

// Deployment is the data of deployment.*.
type Deployment struct {
	DeploymentID string          `json:"deployment_id"`
	Kind         deployment.Kind `json:"kind"`
	Automatic    bool            `json:"automatic"`
	Commit       release.Commit  `json:"commit,omitzero"`
	// ReleaseID is what is live after a success, and what a rollback goes back to.
	ReleaseID string `json:"release_id,omitempty"`
	// Step, Code and Reason say where and why it failed.
	Step   string `json:"step,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// SupersededBy is the deployment that took its place.
	SupersededBy string `json:"superseded_by,omitempty"`
}

// Operation is the data of service.*; empty where a service was made or deleted.
type Operation struct {
	OperationID string                `json:"operation_id,omitempty"`
	Kind        service.OperationKind `json:"kind,omitempty"`
	Replicas    int                   `json:"replicas,omitempty"`
	Reason      string                `json:"reason,omitempty"`
}

// Loss is the data of server.lost.
type Loss struct {
	Reason string `json:"reason"`
}

// Approval is the data of approval.*.
type Approval struct {
	ApprovalID string           `json:"approval_id"`
	Status     approval.Status  `json:"status"`
	Title      string           `json:"title"`
	Action     string           `json:"action"`
	Subject    approval.Subject `json:"subject"`
	DecidedBy  string           `json:"decided_by,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	ExpiresAt  time.Time        `json:"expires_at"`
}

func (r Reader) deployment(ctx context.Context, n *Notice, e eventstore.Recorded, fact domain.Event) error {
	asked, err := first[deployment.Requested](ctx, r.Log, e.Stream)
	if err != nil {
		return err
	}
	data := Deployment{
		DeploymentID: asked.DeploymentID,
		Kind:         asked.Kind,
		Automatic:    asked.Automatic,
		Commit:       asked.Source.Commit,
		ReleaseID:    asked.ReleaseID,
	}
	data.Commit = release.Commit{SHA: short(data.Commit.SHA), Branch: short(data.Commit.Branch), Subject: short(data.Commit.Subject)}
	switch f := fact.(type) {
	case deployment.Succeeded:
		data.ReleaseID = f.ReleaseID
	case deployment.Failed:
		data.Step, data.Code, data.Reason = f.Step.ID, f.Code, short(f.Reason)
	case deployment.Superseded:
		data.SupersededBy = f.By
	}
	n.Data, n.URL = data, r.page("deployments", asked.DeploymentID)
	return r.service(ctx, n, asked.ServiceID)
}

func operationOf(fact domain.Event) Operation {
	switch f := fact.(type) {
	case service.OperationSucceeded:
		return Operation{OperationID: f.OperationID, Kind: f.Kind, Replicas: f.Replicas}
	case service.OperationFailed:
		return Operation{OperationID: f.OperationID, Kind: f.Kind, Reason: short(f.Reason)}
	case service.AutoDeployFrozen:
		return Operation{Reason: short(f.Reason)}
	}
	return Operation{}
}

func (r Reader) approval(ctx context.Context, n *Notice, e eventstore.Recorded, id string, fact domain.Event) error {
	asked, err := first[approval.Requested](ctx, r.Log, e.Stream)
	if err != nil {
		return err
	}
	data := Approval{
		ApprovalID: id,
		Status:     approval.Pending,
		Title:      short(asked.Title),
		Action:     asked.Action,
		Subject:    asked.Subject,
		ExpiresAt:  asked.ExpiresAt,
	}
	switch f := fact.(type) {
	case approval.Approved:
		data.Status, data.DecidedBy = approval.StatusApproved, f.UserID
	case approval.Rejected:
		data.Status, data.DecidedBy, data.Reason = approval.StatusRejected, f.UserID, short(f.Reason)
	case approval.Expired:
		data.Status = approval.StatusExpired
	case approval.Voided:
		data.Status, data.Reason = approval.StatusVoided, short(f.Reason)
	}
	n.Data, n.URL = data, r.page()
	if asked.Subject.ServiceID != "" {
		n.URL = r.page("services", asked.Subject.ServiceID)
		return r.service(ctx, n, asked.Subject.ServiceID)
	}
	return r.project(ctx, n, asked.Subject.ProjectID)
}
