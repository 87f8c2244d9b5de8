package access

import (
	"strings"

	"github.com/syntra-dev/syntra/domain/organization"
)

// Action is what somebody wants to do: a verb and the kind of thing it is done to.
type Action struct {
	Verb string // create, read, update, delete, or a word of the thing's own such as cancel
	Kind string // server, project, service, deployment, …
}

func (a Action) String() string { return a.Kind + "." + a.Verb }

// thing returns the kind as a sentence has it: a service, an invitation, a project member.
func (a Action) thing() string {
	article := "a "
	if strings.ContainsAny(a.Kind[:min(1, len(a.Kind))], "aeiou") {
		article = "an "
	}
	return article + strings.ReplaceAll(a.Kind, "_", " ")
}

// ParseAction reads what String wrote. What is no action is one that nobody may do.
func ParseAction(s string) Action {
	kind, verb, _ := strings.Cut(s, ".")
	return Action{Verb: verb, Kind: kind}
}

// Least returns the weakest role that may do the action. ok is false for an action that is not in the table: nobody may
// do it.
func Least(a Action) (least organization.Role, ok bool) {
	least, ok = actions[a]
	return least, ok
}

// actions is the one table of what takes which role. What takes a guest is about the person: sessions, tokens, the own
// organizations. Tokens are never stronger than what made them; of variables everybody reads the names only.
var actions = map[Action]organization.Role{
	{"read", "activity"}: organization.Viewer,

	{"decide", "approval"}: organization.Developer, // and whatever the action itself takes
	{"read", "approval"}:   organization.Viewer,

	{"cancel", "deployment"}: organization.Developer,
	{"create", "deployment"}: organization.Developer,
	{"read", "deployment"}:   organization.Viewer,

	{"accept", "invitation"}: organization.Guest,
	{"create", "invitation"}: organization.Admin,
	{"delete", "invitation"}: organization.Admin,
	{"read", "invitation"}:   organization.Admin,

	{"read", "log"}: organization.Viewer,

	{"delete", "member"}: organization.Admin,
	{"read", "member"}:   organization.Viewer,
	{"update", "member"}: organization.Admin,

	{"create", "organization"}:   organization.Viewer,
	{"leave", "organization"}:    organization.Guest,
	{"read", "organization"}:     organization.Guest,
	{"transfer", "organization"}: organization.Owner,
	{"update", "organization"}:   organization.Admin,

	{"update", "password"}: organization.Guest,

	{"create", "project"}: organization.Developer,
	{"delete", "project"}: organization.Admin,
	{"read", "project"}:   organization.Viewer,
	{"update", "project"}: organization.Developer,

	{"delete", "project_member"}: organization.Admin,
	{"update", "project_member"}: organization.Admin,

	{"read", "release"}: organization.Viewer,

	{"create", "server"}: organization.Admin,
	{"delete", "server"}: organization.Admin,
	{"enroll", "server"}: organization.Admin,
	{"read", "server"}:   organization.Viewer,

	{"create", "service"}:  organization.Developer,
	{"delete", "service"}:  organization.Admin,
	{"exec", "service"}:    organization.Developer,
	{"operate", "service"}: organization.Developer,
	{"read", "service"}:    organization.Viewer,
	{"update", "service"}:  organization.Developer,

	{"delete", "session"}: organization.Guest,
	{"read", "session"}:   organization.Guest,

	{"update", "session"}: organization.Guest,

	{"read", "stream"}: organization.Viewer,

	{"create", "token"}: organization.Guest,
	{"delete", "token"}: organization.Guest,
	{"read", "token"}:   organization.Guest,

	{"create", "upload"}: organization.Developer,

	{"read", "variable"}:   organization.Viewer,
	{"update", "variable"}: organization.Developer,

	{"create", "webhook"}: organization.Admin,
	{"delete", "webhook"}: organization.Admin,
	{"read", "webhook"}:   organization.Admin,
	{"test", "webhook"}:   organization.Admin, // and send a message again
	{"update", "webhook"}: organization.Admin,
}
