package projections

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// activityModel tells what people and the platform decided. The steps of a deployment are on its page, not here.
func activityModel() Model {
	return Model{
		Name: "activity", Version: 5, Tables: []schema{activities, activityNames},
		Handlers: slices.Concat(memberStories(), userStories(), serverStories(), projectStories(), serviceStories(),
			deploymentStories(), approvalStories(), webhookStories()),
	}
}

func serverStories() []Handler {
	return []Handler{
		tell(func(s *story, f server.Registered) string {
			s.call(f.ServerID, f.Name)
			return fmt.Sprintf("Server %s was added.", f.Name)
		}),
		tell(func(s *story, _ server.JoinTokenIssued) string {
			return fmt.Sprintf("Server %s got a new join token; its old agent is locked out.", s.subject())
		}),
		tell(func(s *story, _ server.Enrolled) string {
			return fmt.Sprintf("Server %s was joined by its agent.", s.subject())
		}),
		tell(func(s *story, f server.Connected) string {
			return fmt.Sprintf("Server %s is online (%s, agent %s).", s.subject(), f.Hostname, f.AgentVersion)
		}),
		tell(func(s *story, f server.Disconnected) string {
			return fmt.Sprintf("Server %s is offline%s.", s.subject(), because(f.Reason))
		}),
		tell(func(s *story, _ server.Removed) string { return fmt.Sprintf("Server %s was removed.", s.subject()) }),
	}
}

func projectStories() []Handler {
	return []Handler{
		tell(func(s *story, f project.Created) string {
			s.note(f.ProjectID, nameRow{Name: f.Slug, ProjectID: f.ProjectID})
			return fmt.Sprintf("Project %s was created.", f.Slug)
		}),
		tell(func(s *story, f project.Renamed) string {
			return fmt.Sprintf("Project %s is now called %q.", s.subject(), f.Name)
		}),
		tell(func(s *story, _ project.Deleted) string { return fmt.Sprintf("Project %s was deleted.", s.subject()) }),
	}
}

func serviceStories() []Handler {
	return []Handler{
		tell(func(s *story, f service.Created) string {
			name := s.name(f.ProjectID) + "/" + f.Slug
			s.note(f.ServiceID, nameRow{Name: name, ServiceID: f.ServiceID, ProjectID: f.ProjectID})
			return fmt.Sprintf("Service %s was created on %s.", name, s.servers(f.Placement))
		}),
		tell(func(s *story, f service.Placed) string {
			return fmt.Sprintf("Service %s now runs on %s.", s.subject(), s.servers(f.Targets))
		}),
		tell(func(s *story, f service.ConfigChanged) string {
			return fmt.Sprintf("The settings of service %s were changed (version %d).", s.subject(), f.Version)
		}),
		tell(func(s *story, f service.TrafficShifted) string {
			if len(f.Split) == 1 {
				return fmt.Sprintf("Service %s now serves release %s.", s.subject(), s.name(f.Split.Live()))
			}
			var shares []string
			for _, share := range f.Split {
				shares = append(shares, s.name(share.ReleaseID)+" "+traffic.Percent(share.Weight))
			}
			return fmt.Sprintf("Service %s now splits its traffic: release %s.", s.subject(), strings.Join(shares, ", "))
		}),
		tell(func(s *story, f service.OperationRequested) string {
			if f.Kind == service.Scale {
				return fmt.Sprintf("Service %s was asked to scale to %d.", s.subject(), f.Replicas)
			}
			return fmt.Sprintf("Service %s was asked to %s.", s.subject(), f.Kind)
		}),
		tell(func(s *story, f service.OperationSucceeded) string {
			return fmt.Sprintf("Service %s: %s is done.", s.subject(), f.Kind)
		}),
		tell(func(s *story, f service.OperationFailed) string {
			return fmt.Sprintf("Service %s: %s failed%s.", s.subject(), f.Kind, because(f.Reason))
		}),
		tell(func(s *story, f service.AutoDeployFrozen) string {
			return fmt.Sprintf("Automatic deployments of service %s were frozen%s.", s.subject(), because(f.Reason))
		}),
		tell(func(s *story, _ service.AutoDeployResumed) string {
			return fmt.Sprintf("Automatic deployments of service %s were resumed.", s.subject())
		}),
		tell(func(s *story, _ service.Deleted) string { return fmt.Sprintf("Service %s was deleted.", s.subject()) }),
		tell(func(s *story, f secret.Changed) string {
			var parts []string
			if len(f.Set) > 0 {
				parts = append(parts, "set "+strings.Join(slices.Sorted(maps.Keys(f.Set)), ", "))
			}
			if len(f.Unset) > 0 {
				parts = append(parts, "unset "+strings.Join(f.Unset, ", "))
			}
			return fmt.Sprintf("The environment of service %s was changed (version %d): %s.", s.name(f.ServiceID), f.Version, strings.Join(parts, "; "))
		}),
	}
}

func deploymentStories() []Handler {
	return []Handler{
		tell(func(s *story, f release.Created) string {
			s.call(f.ReleaseID, fmt.Sprintf("#%d", f.Number))
			return ""
		}),
		tell(func(s *story, f deployment.Requested) string {
			s.callOf(f.ServiceID, f.DeploymentID, s.name(f.ServiceID))
			switch f.Kind {
			case deployment.Rollback:
				return fmt.Sprintf("A rollback of service %s to release %s was requested.", s.subject(), s.name(f.ReleaseID))
			case deployment.Redeploy:
				return fmt.Sprintf("A redeployment of service %s was requested.", s.subject())
			}
			if f.Kind == deployment.Place {
				return fmt.Sprintf("A move of service %s to %s was requested.", s.subject(), s.servers(f.Placement))
			}
			return fmt.Sprintf("A deployment of service %s was requested.", s.subject())
		}),
		tell(func(s *story, _ deployment.CancelRequested) string {
			return fmt.Sprintf("The deployment of service %s was asked to stop.", s.subject())
		}),
		tell(func(s *story, f deployment.Succeeded) string {
			if f.ReleaseID == "" {
				return fmt.Sprintf("The deployment of service %s succeeded.", s.subject())
			}
			return fmt.Sprintf("The deployment of service %s succeeded with release %s.", s.subject(), s.name(f.ReleaseID))
		}),
		tell(func(s *story, f deployment.Failed) string {
			return fmt.Sprintf("The deployment of service %s failed%s.", s.subject(), because(f.Reason))
		}),
		tell(func(s *story, _ deployment.Cancelled) string {
			return fmt.Sprintf("The deployment of service %s was cancelled.", s.subject())
		}),
		tell(func(s *story, _ deployment.Superseded) string {
			return fmt.Sprintf("The deployment of service %s gave way to a newer one.", s.subject())
		}),
	}
}

// servers names the servers of a placement.
func (s *story) servers(p service.Placement) string {
	var names []string
	for _, id := range p.Servers() {
		names = append(names, s.name(id))
	}
	if len(names) == 1 {
		return "server " + names[0]
	}
	return "servers " + strings.Join(names, ", ")
}

// because adds a reason to a sentence that ends in a full stop.
func because(reason string) string {
	reason = strings.TrimRight(strings.TrimSpace(reason), ".")
	if reason == "" {
		return ""
	}
	return ": " + reason
}
