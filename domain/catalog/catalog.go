// Package catalog lists every event type that the log can hold, for codecs and golden tests.
package catalog

import (
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/domain/webhook"
)

// Events holds one zero value of every event.
func Events() []domain.Event {
	return []domain.Event{
		organization.Created{}, organization.Renamed{},
		organization.MemberAdded{}, organization.MemberRoleChanged{}, organization.MemberRemoved{},
		organization.ProjectRoleGiven{}, organization.ProjectRoleTaken{},
		organization.Invited{}, organization.InvitationAccepted{},
		organization.InvitationRevoked{}, organization.InvitationExpired{},
		user.Registered{}, user.TokenIssued{}, user.TokenRevoked{}, user.PasswordChanged{},
		server.Registered{}, server.JoinTokenIssued{}, server.Enrolled{}, server.CredentialRotated{},
		server.Connected{}, server.Disconnected{}, server.Removed{},
		server.ServicePlaced{}, server.ServiceUnplaced{},
		project.Created{}, project.Renamed{}, project.Deleted{},
		project.ServiceAdded{}, project.ServiceRemoved{},
		service.Created{}, service.Placed{}, service.ConfigChanged{}, service.ReleaseRecorded{}, service.TrafficShifted{}, service.ReleaseRetired{},
		service.OperationRequested{}, service.OperationSucceeded{}, service.OperationFailed{},
		service.AutoDeployFrozen{}, service.AutoDeployResumed{}, service.Deleted{}, service.Abandoned{},
		secret.Changed{},
		release.Created{},
		deployment.Requested{}, deployment.Started{}, deployment.Planned{}, deployment.Waiting{},
		deployment.StepStarted{}, deployment.StepSucceeded{}, deployment.CancelRequested{},
		deployment.Succeeded{}, deployment.Failed{}, deployment.Cancelled{}, deployment.Superseded{},
		approval.Requested{}, approval.Approved{}, approval.Rejected{},
		approval.Expired{}, approval.Voided{}, approval.Used{},
		webhook.Created{}, webhook.Changed{}, webhook.SecretRotated{},
		webhook.Disabled{}, webhook.Enabled{}, webhook.Deleted{},
		reservation.Reserved{}, reservation.Released{},
	}
}
