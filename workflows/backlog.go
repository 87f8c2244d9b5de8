package workflows

import (
	"slices"

	"github.com/syntra-dev/syntra/domain/deployment"
)

// maxRecent bounds how many requests a service remembers in order to drop repetitions. A repetition that is older
// finds its aggregate ended, and its workflow id used.
const maxRecent = 500

// backlog is what a service still has to do, in the order of the log.
//
// A newer request makes an older one that has not begun superfluous where doing it would only be undone. Which one is
// newer says the log and not the arrival: a request can come late, as where an earlier run of the writer was terminated
// with it.
//
//	older \ newer   deploy      redeploy    rollback    place       operation
//	deploy          superseded  stays       superseded  stays       stays
//	redeploy        superseded  superseded  superseded  stays       stays
//	rollback        stays       stays       superseded  stays       stays
//	place           stays       stays       stays       superseded  stays
//	operation       stays       stays       stays       stays       stays
//
// A redeployment runs an artifact that exists, so it never takes the place of new code; a rollback is what a person in
// trouble asks for, so that nothing but another rollback takes its place. A placement says where a service runs and not
// what, so none of the others takes its place. The table holds for a newer deployment that has begun or ended, too.
type backlog struct {
	// Queue holds what has not begun, in the order of the log. What an earlier run of the writer had begun goes first.
	Queue []Request `json:"queue,omitempty"`
	// Begun is the newest deployment of each kind that has begun.
	Begun []Request `json:"begun,omitempty"`
	// Recent are the ids of the last requests.
	Recent []string `json:"recent,omitempty"`
}

// superseded is a request whose place a newer deployment has taken.
type superseded struct {
	Request
	by Request
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

// push adds a request in the order of the log. It returns what is superseded: older requests that it takes out, or the
// request itself where a newer deployment waits or has begun.
func (b *backlog) push(r Request) (gone []superseded) {
	for _, newer := range slices.Concat(b.Queue, b.Begun) {
		if newer.Position > r.Position && supersedes(newer, r) {
			return []superseded{{r, newer}}
		}
	}
	b.Queue = slices.DeleteFunc(b.Queue, func(old Request) bool {
		if old.Position > r.Position || !supersedes(r, old) {
			return false
		}
		gone = append(gone, superseded{old, r})
		return true
	})
	b.insert(r)
	return gone
}

// insert puts a request behind what has begun and what is older.
func (b *backlog) insert(r Request) {
	at := slices.IndexFunc(b.Queue, func(other Request) bool {
		return !other.UnderWay && (r.UnderWay || other.Position > r.Position)
	})
	if at < 0 {
		at = len(b.Queue)
	}
	b.Queue = slices.Insert(b.Queue, at, r)
}

// pop takes the first request, and remembers it where it is the newest deployment of its kind.
func (b *backlog) pop() Request {
	r := b.Queue[0]
	b.Queue = slices.Clone(b.Queue[1:])
	if r.Kind != Deploy {
		return r
	}
	at := slices.IndexFunc(b.Begun, func(other Request) bool { return other.DeploymentKind == r.DeploymentKind })
	switch {
	case at < 0:
		b.Begun = append(b.Begun, r)
	case b.Begun[at].Position <= r.Position:
		b.Begun[at] = r
	}
	return r
}

// take removes the request of a deployment.
func (b *backlog) take(deploymentID string) bool {
	before := len(b.Queue)
	b.Queue = slices.DeleteFunc(b.Queue, func(r Request) bool { return r.Kind == Deploy && r.DeploymentID == deploymentID })
	return len(b.Queue) < before
}

// waits reports whether a deployment waits.
func (b *backlog) waits(deploymentID string) bool {
	return slices.ContainsFunc(b.Queue, func(r Request) bool { return r.Kind == Deploy && r.DeploymentID == deploymentID })
}

// goesBackTo reports whether a rollback to a release waits.
func (b *backlog) goesBackTo(releaseID string) bool {
	return slices.ContainsFunc(b.Queue, func(r Request) bool { return r.goesBackTo(releaseID) })
}

func (r Request) goesBackTo(releaseID string) bool {
	return r.Kind == Deploy && r.DeploymentKind == deployment.Rollback && r.ReleaseID == releaseID
}

// supersedes reports whether a newer request makes an older one superfluous that has not begun.
func supersedes(newer, older Request) bool {
	if newer.Kind != Deploy || older.Kind != Deploy || newer.DeploymentID == older.DeploymentID || older.UnderWay {
		return false
	}
	switch newer.DeploymentKind {
	case deployment.Place:
		return older.DeploymentKind == deployment.Place
	case deployment.Rollback:
		return older.DeploymentKind != deployment.Place
	case deployment.Deploy:
		if older.DeploymentKind == deployment.Place {
			return false
		}
		return older.DeploymentKind != deployment.Rollback
	case deployment.Redeploy:
		return older.DeploymentKind == deployment.Redeploy
	}
	return false
}
