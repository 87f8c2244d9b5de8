// Package approval is a person's decision about one action, for every confirmation in the product: a deployment's gate, a
// node of an automation, a tool call of the copilot.
//
//	requested ──► approved ──► used
//	    │            ├──────► expired
//	    │            └──────► voided
//	    ├──► rejected
//	    ├──► expired
//	    └──► voided
//
// An approval is decided once and used once. It holds for the arguments that were requested and for what the person was
// shown, until it expires. A precondition that has moved voids it, also after it was approved.
//
// The package trusts its caller in one thing: that the user who decides may do the action (access.Can), at the decision
// and again at the use.
package approval

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
)

// Stream names the approval's stream.
func Stream(id string) string { return "approval-" + id }

// MaxLife is how far ahead an approval may expire.
const MaxLife = 30 * 24 * time.Hour

// Status is where an approval stands.
type Status string

const (
	Pending        Status = "pending"
	StatusApproved Status = "approved"
	StatusRejected Status = "rejected"
	StatusExpired  Status = "expired"
	StatusVoided   Status = "voided"
	StatusUsed     Status = "used"
)

// Approval is the state that decisions need.
type Approval struct {
	Requested
	Status Status
	// DecidedBy is the user who approved or rejected.
	DecidedBy string
	// UsedBy is the id of the use.
	UsedBy string
}

// Apply folds one event.
func (a *Approval) Apply(e domain.Event) {
	switch e := e.(type) {
	case Requested:
		a.Requested, a.Status = e, Pending
	case Approved:
		a.Status, a.DecidedBy = StatusApproved, e.UserID
	case Rejected:
		a.Status, a.DecidedBy = StatusRejected, e.UserID
	case Expired:
		a.Status = StatusExpired
	case Voided:
		a.Status = StatusVoided
	case Used:
		a.Status, a.UsedBy = StatusUsed, e.By
	}
}

// Open reports whether the approval may still be used.
func (a *Approval) Open() bool { return a.Status == Pending || a.Status == StatusApproved }

// Request opens the approval; the same request again changes nothing.
func (a *Approval) Request(r Requested, now time.Time) ([]domain.Event, error) {
	switch {
	case a.Status != "":
		return nil, nil
	case r.ApprovalID == "" || r.Subject.Kind == "" || r.Subject.ID == "" || r.Action == "":
		return nil, domain.Errorf(domain.Invalid, "an approval needs an id, a subject and an action")
	case !digest(r.ArgumentsDigest) || !digest(r.ShownDigest):
		return nil, domain.Errorf(domain.Invalid,
			"approval %s needs the SHA-256 of the action's arguments and of what is shown", r.ApprovalID)
	case !r.ExpiresAt.After(now):
		return nil, domain.Errorf(domain.Invalid, "approval %s would expire before anybody could decide", r.ApprovalID)
	case r.ExpiresAt.Sub(now) > MaxLife:
		return nil, domain.Errorf(domain.Invalid, "approval %s would wait longer than %s", r.ApprovalID, MaxLife)
	}
	return []domain.Event{r}, nil
}

// Approve lets the action run. shown is the digest of what the user saw.
func (a *Approval) Approve(userID, shown string, now time.Time) ([]domain.Event, error) {
	if a.Status == StatusApproved && a.DecidedBy == userID {
		return nil, nil
	}
	if err := a.mayDecide(userID, now); err != nil {
		return nil, err
	}
	if shown != a.ShownDigest {
		return nil, domain.Errorf(domain.Conflict,
			"what you were shown is not what approval %s is about: look at it again", a.ApprovalID).WithReason("shown_changed")
	}
	return []domain.Event{Approved{UserID: userID}}, nil
}

// Reject refuses the action. It needs no digest: refusing is safe, whatever was shown.
func (a *Approval) Reject(userID, reason string, now time.Time) ([]domain.Event, error) {
	if a.Status == StatusRejected && a.DecidedBy == userID {
		return nil, nil
	}
	if err := a.mayDecide(userID, now); err != nil {
		return nil, err
	}
	return []domain.Event{Rejected{UserID: userID, Reason: reason}}, nil
}

// Expire ends the approval when its time is over, and changes nothing before.
func (a *Approval) Expire(now time.Time) ([]domain.Event, error) {
	if !a.Open() || now.Before(a.ExpiresAt) {
		return nil, nil
	}
	return []domain.Event{Expired{}}, nil
}

// Void ends the approval because its ground has moved.
func (a *Approval) Void(reason string) ([]domain.Event, error) {
	if !a.Open() {
		return nil, nil
	}
	return []domain.Event{Voided{Reason: reason}}, nil
}

// Use begins the action: by is the id of the use, arguments the digest of what will be done, and current what holds now
// of the preconditions. Where a precondition has moved the events void the approval; the caller sees it in the status.
func (a *Approval) Use(by, arguments string, current []Precondition, now time.Time) ([]domain.Event, error) {
	switch {
	case a.Status == StatusUsed && a.UsedBy == by:
		return nil, nil
	case a.Status != StatusApproved:
		return nil, a.notOpen()
	case !now.Before(a.ExpiresAt):
		return nil, a.tooLate()
	case arguments != a.ArgumentsDigest:
		return nil, domain.Errorf(domain.Conflict,
			"approval %s was given for other arguments: request a new one", a.ApprovalID).WithReason("arguments_changed")
	}
	for _, p := range a.Preconditions {
		if !slices.Contains(current, p) {
			return a.Void(p.Name + " is not " + p.Value + " any more")
		}
	}
	return []domain.Event{Used{By: by}}, nil
}

func (a *Approval) mayDecide(userID string, now time.Time) error {
	switch {
	case a.Status == "":
		return domain.Errorf(domain.NotFound, "approval does not exist")
	case a.Status != Pending:
		return a.notOpen()
	case !now.Before(a.ExpiresAt):
		return a.tooLate()
	case userID == "" || len(a.Deciders) > 0 && !slices.Contains(a.Deciders, userID):
		return domain.Errorf(domain.Forbidden, "approval %s is not yours to decide", a.ApprovalID).WithReason("not_a_decider")
	}
	return nil
}

func (a *Approval) notOpen() error {
	if a.Status == "" {
		return domain.Errorf(domain.NotFound, "approval does not exist")
	}
	return domain.Errorf(domain.Conflict, "approval %s is %s: it cannot be decided or used", a.ApprovalID, a.Status).
		WithReason(string(a.Status))
}

func (a *Approval) tooLate() error {
	return domain.Errorf(domain.Conflict, "approval %s expired at %s: request a new one",
		a.ApprovalID, a.ExpiresAt.UTC().Format(time.RFC3339)).WithReason("expired")
}

// digest reports whether s is a SHA-256 in lower-case hex.
func digest(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
