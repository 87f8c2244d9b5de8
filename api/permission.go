package api

import "github.com/syntra-dev/syntra/access"

// Permission is what a route does; package access says who may do that. Routes are named by their operation id; a route
// that is not listed cannot be registered.
type Permission struct {
	Action access.Action
	// On says on what the action is done, so that a role in a single project counts where it should.
	On Subject
	// Public routes need no credentials.
	Public bool
}

// Subject is what a route is about. A route that does not say it, and is not public, cannot be registered.
type Subject int

const (
	_ Subject = iota
	// OnOrganization routes are about the organization or the caller: no role in a project helps.
	OnOrganization
	// OnProjects routes are about things in several projects, or in one that the body names: who may do it in one project
	// gets in, and the handler lets nothing of other projects through (a.within, a.mayIn).
	OnProjects
	// OnProject, OnService, OnDeployment and OnApproval routes are about the thing that {id} names, in its project.
	OnProject
	OnService
	OnDeployment
	OnApproval
)

// models are the read models that know a subject's project.
var models = map[Subject]string{OnProject: "project", OnService: "service", OnDeployment: "deployment", OnApproval: "approval"}

// Permissions is the one table of what each route does.
var Permissions = map[string]Permission{
	"login":  {Action: access.Action{Verb: "create", Kind: "session"}, Public: true},
	"logout": {Action: access.Action{Verb: "delete", Kind: "session"}, On: OnOrganization},
	"getMe":  {Action: access.Action{Verb: "read", Kind: "session"}, On: OnOrganization},

	"changePassword": {Action: access.Action{Verb: "update", Kind: "password"}, On: OnOrganization},

	"switchOrganization": {Action: access.Action{Verb: "update", Kind: "session"}, On: OnOrganization},
	"listOrganizations":  {Action: access.Action{Verb: "read", Kind: "organization"}, On: OnOrganization},

	"createOrganization": {Action: access.Action{Verb: "create", Kind: "organization"}, On: OnOrganization},
	"updateOrganization": {Action: access.Action{Verb: "update", Kind: "organization"}, On: OnOrganization},
	"leaveOrganization":  {Action: access.Action{Verb: "leave", Kind: "organization"}, On: OnOrganization},
	"transferOwnership":  {Action: access.Action{Verb: "transfer", Kind: "organization"}, On: OnOrganization},

	"listInvitations":  {Action: access.Action{Verb: "read", Kind: "invitation"}, On: OnOrganization},
	"createInvitation": {Action: access.Action{Verb: "create", Kind: "invitation"}, On: OnOrganization},
	"deleteInvitation": {Action: access.Action{Verb: "delete", Kind: "invitation"}, On: OnOrganization},
	// Whoever has the link sees what it offers, and joins: with the account that asks, or with one made for it.
	"getInvitation":    {Action: access.Action{Verb: "open", Kind: "invitation"}, Public: true},
	"registerInvited":  {Action: access.Action{Verb: "create", Kind: "account"}, Public: true},
	"acceptInvitation": {Action: access.Action{Verb: "accept", Kind: "invitation"}, On: OnOrganization},

	"listMembers":         {Action: access.Action{Verb: "read", Kind: "member"}, On: OnOrganization},
	"updateMember":        {Action: access.Action{Verb: "update", Kind: "member"}, On: OnOrganization},
	"deleteMember":        {Action: access.Action{Verb: "delete", Kind: "member"}, On: OnOrganization},
	"setProjectMember":    {Action: access.Action{Verb: "update", Kind: "project_member"}, On: OnProject},
	"deleteProjectMember": {Action: access.Action{Verb: "delete", Kind: "project_member"}, On: OnProject},

	// Tokens are one's own, and never stronger than what made them.
	"listTokens":  {Action: access.Action{Verb: "read", Kind: "token"}, On: OnOrganization},
	"createToken": {Action: access.Action{Verb: "create", Kind: "token"}, On: OnOrganization},
	"deleteToken": {Action: access.Action{Verb: "delete", Kind: "token"}, On: OnOrganization},

	"listServers":       {Action: access.Action{Verb: "read", Kind: "server"}, On: OnOrganization},
	"getServer":         {Action: access.Action{Verb: "read", Kind: "server"}, On: OnOrganization},
	"createServer":      {Action: access.Action{Verb: "create", Kind: "server"}, On: OnOrganization},
	"createServerToken": {Action: access.Action{Verb: "enroll", Kind: "server"}, On: OnOrganization},
	"deleteServer":      {Action: access.Action{Verb: "delete", Kind: "server"}, On: OnOrganization},

	"listProjects":  {Action: access.Action{Verb: "read", Kind: "project"}, On: OnProjects},
	"getProject":    {Action: access.Action{Verb: "read", Kind: "project"}, On: OnProject},
	"createProject": {Action: access.Action{Verb: "create", Kind: "project"}, On: OnOrganization},
	"updateProject": {Action: access.Action{Verb: "update", Kind: "project"}, On: OnProject},
	"deleteProject": {Action: access.Action{Verb: "delete", Kind: "project"}, On: OnProject},

	"listServices":  {Action: access.Action{Verb: "read", Kind: "service"}, On: OnProjects},
	"getService":    {Action: access.Action{Verb: "read", Kind: "service"}, On: OnService},
	"createService": {Action: access.Action{Verb: "create", Kind: "service"}, On: OnProjects},
	"setConfig":     {Action: access.Action{Verb: "update", Kind: "service"}, On: OnService},
	"placeService":  {Action: access.Action{Verb: "create", Kind: "deployment"}, On: OnService},
	"deleteService": {Action: access.Action{Verb: "delete", Kind: "service"}, On: OnService},

	"listVariables":   {Action: access.Action{Verb: "read", Kind: "variable"}, On: OnService}, // names only
	"changeVariables": {Action: access.Action{Verb: "update", Kind: "variable"}, On: OnService},

	"createOperation":  {Action: access.Action{Verb: "operate", Kind: "service"}, On: OnService},
	"getOperation":     {Action: access.Action{Verb: "read", Kind: "service"}, On: OnService},
	"resumeAutoDeploy": {Action: access.Action{Verb: "operate", Kind: "service"}, On: OnService},
	"exec":             {Action: access.Action{Verb: "exec", Kind: "service"}, On: OnService},

	"createUpload":     {Action: access.Action{Verb: "create", Kind: "upload"}, On: OnProjects},
	"listDeployments":  {Action: access.Action{Verb: "read", Kind: "deployment"}, On: OnProjects},
	"getDeployment":    {Action: access.Action{Verb: "read", Kind: "deployment"}, On: OnDeployment},
	"createDeployment": {Action: access.Action{Verb: "create", Kind: "deployment"}, On: OnService},
	"rollback":         {Action: access.Action{Verb: "create", Kind: "deployment"}, On: OnService},
	"cancelDeployment": {Action: access.Action{Verb: "cancel", Kind: "deployment"}, On: OnDeployment},
	"listReleases":     {Action: access.Action{Verb: "read", Kind: "release"}, On: OnService},

	"listServiceLogs":      {Action: access.Action{Verb: "read", Kind: "log"}, On: OnService},
	"followServiceLogs":    {Action: access.Action{Verb: "read", Kind: "log"}, On: OnService},
	"listDeploymentLogs":   {Action: access.Action{Verb: "read", Kind: "log"}, On: OnDeployment},
	"followDeploymentLogs": {Action: access.Action{Verb: "read", Kind: "log"}, On: OnDeployment},

	"listApprovals": {Action: access.Action{Verb: "read", Kind: "approval"}, On: OnProjects},
	"getApproval":   {Action: access.Action{Verb: "read", Kind: "approval"}, On: OnApproval},
	"approve":       {Action: access.Action{Verb: "decide", Kind: "approval"}, On: OnApproval},
	"reject":        {Action: access.Action{Verb: "decide", Kind: "approval"}, On: OnApproval},

	"listWebhooks":        {Action: access.Action{Verb: "read", Kind: "webhook"}, On: OnOrganization},
	"getWebhook":          {Action: access.Action{Verb: "read", Kind: "webhook"}, On: OnOrganization},
	"createWebhook":       {Action: access.Action{Verb: "create", Kind: "webhook"}, On: OnOrganization},
	"updateWebhook":       {Action: access.Action{Verb: "update", Kind: "webhook"}, On: OnOrganization},
	"deleteWebhook":       {Action: access.Action{Verb: "delete", Kind: "webhook"}, On: OnOrganization},
	"rotateWebhookSecret": {Action: access.Action{Verb: "update", Kind: "webhook"}, On: OnOrganization},
	"testWebhook":         {Action: access.Action{Verb: "test", Kind: "webhook"}, On: OnOrganization},
	"listDeliveries":      {Action: access.Action{Verb: "read", Kind: "webhook"}, On: OnOrganization},
	"redeliver":           {Action: access.Action{Verb: "test", Kind: "webhook"}, On: OnOrganization},

	"listActivity": {Action: access.Action{Verb: "read", Kind: "activity"}, On: OnProjects},
	"stream":       {Action: access.Action{Verb: "read", Kind: "stream"}, On: OnProjects},
}
