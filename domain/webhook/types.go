package webhook

import (
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/domain"
)

// What a webhook can be told of.
const (
	DeploymentRequested = "deployment.requested"
	DeploymentSucceeded = "deployment.succeeded"
	DeploymentFailed    = "deployment.failed"
	DeploymentCancelled = "deployment.cancelled"
	// DeploymentSuperseded says that a newer request took the place of one that had not begun.
	DeploymentSuperseded = "deployment.superseded"

	ServiceCreated            = "service.created"
	ServiceDeleted            = "service.deleted"
	ServiceOperationSucceeded = "service.operation_succeeded"
	ServiceOperationFailed    = "service.operation_failed"
	ServiceAutoDeployFrozen   = "service.auto_deploy_frozen"
	ServiceAutoDeployResumed  = "service.auto_deploy_resumed"

	ServerLost = "server.lost"
	ServerBack = "server.back"

	ApprovalRequested = "approval.requested"
	// ApprovalDecided says that an approval was approved or rejected, or has expired or become void.
	ApprovalDecided = "approval.decided"

	// Test is sent by request only, whatever the webhook is told of.
	Test = "webhook.test"
	// All stands for all of them, also those still to come.
	All = "*"
)

// Types lists what a person can choose, without All.
var Types = []string{
	DeploymentRequested, DeploymentSucceeded, DeploymentFailed, DeploymentCancelled, DeploymentSuperseded,
	ServiceCreated, ServiceDeleted, ServiceOperationSucceeded, ServiceOperationFailed, ServiceAutoDeployFrozen,
	ServiceAutoDeployResumed, ServerLost, ServerBack, ApprovalRequested, ApprovalDecided,
}

// checkEvents returns what was chosen, sorted and each once.
func checkEvents(chosen []string) ([]string, error) {
	if len(chosen) == 0 {
		return nil, domain.Errorf(domain.Invalid, "a webhook needs at least one event: choose some, or %q for all", All).
			WithReason("no_events")
	}
	for _, t := range chosen {
		if t != All && !slices.Contains(Types, t) {
			return nil, domain.Errorf(domain.Invalid, "there is no event %q: choose from %s, or %q for all",
				t, strings.Join(Types, ", "), All).WithReason("unknown_event")
		}
	}
	if slices.Contains(chosen, All) {
		return []string{All}, nil
	}
	return slices.Compact(slices.Sorted(slices.Values(chosen))), nil
}
