package domain

// ActorKind says what sort of thing caused an event.
type ActorKind string

const (
	ActorUser     ActorKind = "user"
	ActorToken    ActorKind = "token"
	ActorAgent    ActorKind = "agent"
	ActorWorkflow ActorKind = "workflow"
	ActorAI       ActorKind = "ai"
	ActorSystem   ActorKind = "system"
)

// Actor is who caused an event. ID is an opaque id of ours (usr_…, tok_…, srv_…, a workflow id), never a name or an address.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id"`
	// OnBehalfOf is the user for whom it acts: whose token it is, or who asked the tool. "" where it acts for itself.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`
}

// System is the platform acting by itself.
func System(part string) Actor { return Actor{Kind: ActorSystem, ID: part} }
