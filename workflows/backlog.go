package workflows

import (
	"slices"

	"github.com/syntra-dev/syntra/domain/deployment"
)

// maxRecent bounds how many requests a service remembers in order to drop repetitions. A repetition that is older
// finds its aggregate ended, and its workflow id used.
const maxRecent = 500

// backlog is what a service still has to do, oldest first.
//
// A newer request makes an older one that has not begun superfluous where doing it would only be undone:
//
//	older \ newer   deploy      redeploy    rollback    operation
//	deploy          superseded  stays       superseded  stays
//	redeploy        superseded  superseded  superseded  stays
//	rollback        stays       stays       superseded  stays
//	operation       stays       stays       stays       stays
//
// A redeployment runs an artifact that exists, so it never takes the place of new code; a rollback is what a person in
// trouble asks for, so that nothing but another rollback takes its place.
type backlog struct {
	Queue []Request `json:"queue,omitempty"`
	// Recent are the ids of the last requests.
	Recent []string `json:"recent,omitempty"`
}

// seen reports whether a request came before, and remembers it.
func (b *backlog) seen(eventID string) bool {
	if slices.Contains(b.Recent, eventID) {
		return true
	}
	b.Recent = append(b.Recent, eventID)
	if len(b.Recent) > maxRecent {
		b.Recent = slices.Clone(b.Recent[len(b.Recent)-maxRecent:])
	}
	return false
}

// push adds a request and takes out those that it supersedes.
func (b *backlog) push(r Request) (superseded []Request) {
	b.Queue = slices.DeleteFunc(b.Queue, func(old Request) bool {
		gone := supersedes(r, old)
		if gone {
			superseded = append(superseded, old)
		}
		return gone
	})
	b.Queue = append(b.Queue, r)
	return superseded
}

// pop takes the oldest request.
func (b *backlog) pop() Request {
	r := b.Queue[0]
	b.Queue = slices.Clone(b.Queue[1:])
	return r
}

// take removes the request of a deployment.
func (b *backlog) take(deploymentID string) bool {
	before := len(b.Queue)
	b.Queue = slices.DeleteFunc(b.Queue, func(r Request) bool { return r.Kind == Deploy && r.DeploymentID == deploymentID })
	return len(b.Queue) < before
}

// goesBackTo reports whether a rollback to a release waits.
func (b *backlog) goesBackTo(releaseID string) bool {
	return slices.ContainsFunc(b.Queue, func(r Request) bool { return r.goesBackTo(releaseID) })
}

func (r Request) goesBackTo(releaseID string) bool {
	return r.Kind == Deploy && r.DeploymentKind == deployment.Rollback && r.ReleaseID == releaseID
}

func supersedes(newer, older Request) bool {
	if newer.Kind != Deploy || older.Kind != Deploy || newer.DeploymentID == older.DeploymentID {
		return false
	}
	switch newer.DeploymentKind {
	case deployment.Rollback:
		return true
	case deployment.Deploy:
		return older.DeploymentKind != deployment.Rollback
	case deployment.Redeploy:
		return older.DeploymentKind == deployment.Redeploy
	}
	return false
}
