package approval

import "time"

// Subject is the thing that an action is about.
type Subject struct {
	// Kind is deployment, automation_run or tool_call.
	Kind string `json:"kind"`
	ID   string `json:"id"`
	// ProjectID and ServiceID say where the subject belongs; either may be empty.
	ProjectID string `json:"project_id,omitempty"`
	ServiceID string `json:"service_id,omitempty"`
}

// Precondition is something that was true when the approval was requested, such as live_release = rel_7.
type Precondition struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Requested asks for a person's decision.
type Requested struct {
	ApprovalID string  `json:"approval_id"`
	Subject    Subject `json:"subject"`
	// Action is what will be done, such as deployment.promote. Whoever decides must be allowed to do it.
	Action string `json:"action"`
	// Title is one line for the person who decides.
	Title string `json:"title"`
	// ArgumentsDigest is the SHA-256 (hex) of the action's arguments.
	ArgumentsDigest string `json:"arguments_digest"`
	// ShownDigest is the SHA-256 (hex) of all that the person is shown. A decision names it.
	ShownDigest   string         `json:"shown_digest"`
	Preconditions []Precondition `json:"preconditions,omitempty"`
	// Deciders are the ids of the users who may decide; without any, everybody who may do the action may.
	Deciders  []string  `json:"deciders,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Approved lets the action run once.
type Approved struct {
	UserID string `json:"user_id"`
}

// Rejected refuses the action.
type Rejected struct {
	UserID string `json:"user_id"`
	Reason string `json:"reason,omitempty"`
}

// Expired ends an approval that nobody decided or used in time.
type Expired struct{}

// Voided ends an approval whose ground has moved: a precondition does not hold any more, or its subject has ended.
type Voided struct {
	Reason string `json:"reason"`
}

// Used says that the action has begun. An approval is used once.
type Used struct {
	// By is the id of the use, so that the same use may be asked again.
	By string `json:"by"`
}

func (Requested) EventType() string { return "approval.requested" }
func (Approved) EventType() string  { return "approval.approved" }
func (Rejected) EventType() string  { return "approval.rejected" }
func (Expired) EventType() string   { return "approval.expired" }
func (Voided) EventType() string    { return "approval.voided" }
func (Used) EventType() string      { return "approval.used" }
