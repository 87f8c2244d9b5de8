package api

import "github.com/syntra-dev/syntra/access"

// Permission is what a route does; package access says who may do that. Routes are named by their operation id; a route
// that is not listed cannot be registered.
type Permission struct {
	Action access.Action
	// Public routes need no credentials.
	Public bool
}

// Permissions is the one table of what each route does.
var Permissions = map[string]Permission{
	"login":  {Action: access.Action{Verb: "create", Kind: "session"}, Public: true},
	"logout": {Action: access.Action{Verb: "delete", Kind: "session"}},
	"getMe":  {Action: access.Action{Verb: "read", Kind: "session"}},

	"changePassword": {Action: access.Action{Verb: "update", Kind: "password"}},

	// Tokens are one's own, and never stronger than what made them.
	"listTokens":  {Action: access.Action{Verb: "read", Kind: "token"}},
	"createToken": {Action: access.Action{Verb: "create", Kind: "token"}},
	"deleteToken": {Action: access.Action{Verb: "delete", Kind: "token"}},

	"listServers":       {Action: access.Action{Verb: "read", Kind: "server"}},
	"getServer":         {Action: access.Action{Verb: "read", Kind: "server"}},
	"createServer":      {Action: access.Action{Verb: "create", Kind: "server"}},
	"createServerToken": {Action: access.Action{Verb: "enroll", Kind: "server"}},
	"deleteServer":      {Action: access.Action{Verb: "delete", Kind: "server"}},

	"listProjects":  {Action: access.Action{Verb: "read", Kind: "project"}},
	"getProject":    {Action: access.Action{Verb: "read", Kind: "project"}},
	"createProject": {Action: access.Action{Verb: "create", Kind: "project"}},
	"updateProject": {Action: access.Action{Verb: "update", Kind: "project"}},
	"deleteProject": {Action: access.Action{Verb: "delete", Kind: "project"}},

	"listServices":  {Action: access.Action{Verb: "read", Kind: "service"}},
	"getService":    {Action: access.Action{Verb: "read", Kind: "service"}},
	"createService": {Action: access.Action{Verb: "create", Kind: "service"}},
	"setConfig":     {Action: access.Action{Verb: "update", Kind: "service"}},
	"deleteService": {Action: access.Action{Verb: "delete", Kind: "service"}},

	"listVariables":   {Action: access.Action{Verb: "read", Kind: "variable"}}, // names only
	"changeVariables": {Action: access.Action{Verb: "update", Kind: "variable"}},

	"createOperation":  {Action: access.Action{Verb: "operate", Kind: "service"}},
	"getOperation":     {Action: access.Action{Verb: "read", Kind: "service"}},
	"resumeAutoDeploy": {Action: access.Action{Verb: "operate", Kind: "service"}},
	"exec":             {Action: access.Action{Verb: "exec", Kind: "service"}},

	"createUpload":     {Action: access.Action{Verb: "create", Kind: "upload"}},
	"listDeployments":  {Action: access.Action{Verb: "read", Kind: "deployment"}},
	"getDeployment":    {Action: access.Action{Verb: "read", Kind: "deployment"}},
	"createDeployment": {Action: access.Action{Verb: "create", Kind: "deployment"}},
	"rollback":         {Action: access.Action{Verb: "create", Kind: "deployment"}},
	"cancelDeployment": {Action: access.Action{Verb: "cancel", Kind: "deployment"}},
	"listReleases":     {Action: access.Action{Verb: "read", Kind: "release"}},

	"listServiceLogs":      {Action: access.Action{Verb: "read", Kind: "log"}},
	"followServiceLogs":    {Action: access.Action{Verb: "read", Kind: "log"}},
	"listDeploymentLogs":   {Action: access.Action{Verb: "read", Kind: "log"}},
	"followDeploymentLogs": {Action: access.Action{Verb: "read", Kind: "log"}},

	"listApprovals": {Action: access.Action{Verb: "read", Kind: "approval"}},
	"getApproval":   {Action: access.Action{Verb: "read", Kind: "approval"}},
	"approve":       {Action: access.Action{Verb: "decide", Kind: "approval"}},
	"reject":        {Action: access.Action{Verb: "decide", Kind: "approval"}},

	"listActivity": {Action: access.Action{Verb: "read", Kind: "activity"}},
	"stream":       {Action: access.Action{Verb: "read", Kind: "stream"}},
}
