package api

import "github.com/syntra-dev/syntra/domain/organization"

// Permission says who may use a route: the weakest role that may do Action on Resource. Routes are named by their
// operation id; a route that is not listed cannot be registered.
type Permission struct {
	Action   string
	Resource string
	Role     organization.Role
	// Public routes need no credentials.
	Public bool
}

// Permissions is the one table of who may do what.
var Permissions = map[string]Permission{
	"login":  {Action: "create", Resource: "session", Public: true},
	"logout": {Action: "delete", Resource: "session", Role: organization.Viewer},
	"getMe":  {Action: "read", Resource: "session", Role: organization.Viewer},

	"changePassword": {Action: "update", Resource: "password", Role: organization.Viewer},

	// Tokens are one's own, and never stronger than what made them.
	"listTokens":  {Action: "read", Resource: "token", Role: organization.Viewer},
	"createToken": {Action: "create", Resource: "token", Role: organization.Viewer},
	"deleteToken": {Action: "delete", Resource: "token", Role: organization.Viewer},

	"listServers":       {Action: "read", Resource: "server", Role: organization.Viewer},
	"getServer":         {Action: "read", Resource: "server", Role: organization.Viewer},
	"createServer":      {Action: "create", Resource: "server", Role: organization.Admin},
	"createServerToken": {Action: "enroll", Resource: "server", Role: organization.Admin},
	"deleteServer":      {Action: "delete", Resource: "server", Role: organization.Admin},

	"listProjects":  {Action: "read", Resource: "project", Role: organization.Viewer},
	"getProject":    {Action: "read", Resource: "project", Role: organization.Viewer},
	"createProject": {Action: "create", Resource: "project", Role: organization.Developer},
	"updateProject": {Action: "update", Resource: "project", Role: organization.Developer},
	"deleteProject": {Action: "delete", Resource: "project", Role: organization.Admin},

	"listServices":  {Action: "read", Resource: "service", Role: organization.Viewer},
	"getService":    {Action: "read", Resource: "service", Role: organization.Viewer},
	"createService": {Action: "create", Resource: "service", Role: organization.Developer},
	"setConfig":     {Action: "update", Resource: "service", Role: organization.Developer},
	"deleteService": {Action: "delete", Resource: "service", Role: organization.Admin},

	"listVariables":   {Action: "read", Resource: "variable", Role: organization.Viewer}, // names only
	"changeVariables": {Action: "update", Resource: "variable", Role: organization.Developer},

	"createOperation":  {Action: "operate", Resource: "service", Role: organization.Developer},
	"getOperation":     {Action: "read", Resource: "service", Role: organization.Viewer},
	"resumeAutoDeploy": {Action: "operate", Resource: "service", Role: organization.Developer},
	"exec":             {Action: "exec", Resource: "service", Role: organization.Developer},

	"createUpload":     {Action: "create", Resource: "upload", Role: organization.Developer},
	"listDeployments":  {Action: "read", Resource: "deployment", Role: organization.Viewer},
	"getDeployment":    {Action: "read", Resource: "deployment", Role: organization.Viewer},
	"createDeployment": {Action: "create", Resource: "deployment", Role: organization.Developer},
	"rollback":         {Action: "create", Resource: "deployment", Role: organization.Developer},
	"cancelDeployment": {Action: "cancel", Resource: "deployment", Role: organization.Developer},
	"listReleases":     {Action: "read", Resource: "release", Role: organization.Viewer},

	"listServiceLogs":      {Action: "read", Resource: "log", Role: organization.Viewer},
	"followServiceLogs":    {Action: "read", Resource: "log", Role: organization.Viewer},
	"listDeploymentLogs":   {Action: "read", Resource: "log", Role: organization.Viewer},
	"followDeploymentLogs": {Action: "read", Resource: "log", Role: organization.Viewer},

	"listActivity": {Action: "read", Resource: "activity", Role: organization.Viewer},
	"stream":       {Action: "read", Resource: "stream", Role: organization.Viewer},
}
