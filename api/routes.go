package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func op(id, method, path, tag, summary, description string, more ...func(*huma.Operation)) huma.Operation {
	o := huma.Operation{OperationID: id, Method: method, Path: base + path, Tags: []string{tag}, Summary: summary, Description: description}
	for _, m := range more {
		m(&o)
	}
	return o
}

func status(code int) func(*huma.Operation) {
	return func(o *huma.Operation) { o.DefaultStatus = code }
}

func alsoFails(codes ...int) func(*huma.Operation) {
	return func(o *huma.Operation) { o.Errors = append(o.Errors, codes...) }
}

func (a *API) routes() {
	a.sessionRoutes()
	a.organizationRoutes()
	a.memberRoutes()
	a.invitationRoutes()
	a.serverRoutes()
	a.projectRoutes()
	a.serviceRoutes()
	a.deploymentRoutes()
	a.approvalRoutes()
	a.webhookRoutes()
	a.liveRoutes()
}

func (a *API) sessionRoutes() {
	const tag = tagSession
	route(a, op("login", http.MethodPost, "/auth/login", tag, "Log in",
		"Checks e-mail and password, and starts a session in a cookie. Programs use API tokens instead."), a.login)
	route(a, op("logout", http.MethodPost, "/auth/logout", tag, "Log out", "Ends the session or token that asks, at once.", status(http.StatusNoContent)), a.logout)
	route(a, op("changePassword", http.MethodPost, "/auth/password", tag, "Change the password",
		"Replaces one's own password, and ends all other sessions. API tokens stay.", status(http.StatusNoContent)), a.changePassword)
	route(a, op("getMe", http.MethodGet, "/me", tag, "Who am I", "Answers the user, the organization and the role of what asks."), a.me)
	route(a, op("listTokens", http.MethodGet, "/tokens", tag, "List tokens", "One's own API tokens and sessions, without their secrets."), a.listTokens)
	route(a, op("createToken", http.MethodPost, "/tokens", tag, "Make a token", "Makes an API token. Its secret is in the answer, once.", status(http.StatusCreated)), a.createToken)
	route(a, op("deleteToken", http.MethodDelete, "/tokens/{id}", tag, "Revoke a token", "Ends a token of one's own at once.", status(http.StatusNoContent)), a.deleteToken)
}

func (a *API) serverRoutes() {
	const tag = tagServers
	route(a, op("listServers", http.MethodGet, "/servers", tag, "List servers", "All servers, with what their agents measure now."), a.listServers)
	route(a, op("createServer", http.MethodPost, "/servers", tag, "Add a server", "Registers a server, and answers the command that starts its agent there. The token in it is shown once.", status(http.StatusCreated)), a.createServer)
	route(a, op("getServer", http.MethodGet, "/servers/{id}", tag, "Show a server", "One server, with what its agent measures now."), a.getServer)
	route(a, op("deleteServer", http.MethodDelete, "/servers/{id}", tag, "Remove a server", "Takes a server without services out of the organization. Its agent is refused from then on.", status(http.StatusNoContent)), a.deleteServer)
	route(a, op("createServerToken", http.MethodPost, "/servers/{id}/token", tag, "Make a new join token", "Locks the server's present agent out and lets a new one in.", status(http.StatusCreated)), a.createServerToken)
}

func (a *API) projectRoutes() {
	const tag = tagProjects
	route(a, op("listProjects", http.MethodGet, "/projects", tag, "List projects", "All projects."), a.listProjects)
	route(a, op("createProject", http.MethodPost, "/projects", tag, "Make a project", "Makes a project: a group of services under one name.", status(http.StatusCreated)), a.createProject)
	route(a, op("getProject", http.MethodGet, "/projects/{id}", tag, "Show a project", "One project."), a.getProject)
	route(a, op("updateProject", http.MethodPatch, "/projects/{id}", tag, "Rename a project", "Changes the name for people; the slug stays."), a.updateProject)
	route(a, op("deleteProject", http.MethodDelete, "/projects/{id}", tag, "Delete a project", "Deletes a project that has no services left.", status(http.StatusNoContent)), a.deleteProject)
}

func (a *API) serviceRoutes() {
	const tag = tagServices
	route(a, op("listServices", http.MethodGet, "/services", tag, "List services", "All services, or one project's."), a.listServices)
	route(a, op("createService", http.MethodPost, "/services", tag, "Make a service", "Makes a service on a server. Nothing runs before its first deployment.", status(http.StatusCreated)), a.createService)
	route(a, op("getService", http.MethodGet, "/services/{id}", tag, "Show a service", "One service, with what is live and what happened last."), a.getService)
	route(a, op("deleteService", http.MethodDelete, "/services/{id}", tag, "Delete a service", "Deletes a service and removes what runs of it. Its names are free at once.", status(http.StatusNoContent)), a.deleteService)
	route(a, op("setConfig", http.MethodPut, "/services/{id}/config", tag, "Change the settings", "Replaces the whole settings by a new version, which takes effect with the next deployment or redeployment.", alsoFails(http.StatusPreconditionFailed)), a.setConfig)
	route(a, op("placeService", http.MethodPut, "/services/{id}/placement", tag, "Place a service", "Asks for the live release to run on other servers. It is started and healthy on all of them before the traffic moves, and then removed from those that are left. It is done in its turn, as a deployment: follow it by its id or on the stream.", status(http.StatusAccepted)), a.placeService)
	route(a, op("listVariables", http.MethodGet, "/services/{id}/env", tag, "List variables", "Names of the environment's variables. Values are never shown."), a.listVariables)
	route(a, op("changeVariables", http.MethodPatch, "/services/{id}/env", tag, "Change variables", "Sets and removes variables in one step. Values are encrypted before anything else happens."), a.changeVariables)
	route(a, op("createOperation", http.MethodPost, "/services/{id}/operations", tag, "Stop, start, restart or scale", "Asks for an operation; it is done in its turn. Follow it by its id or on the stream.", status(http.StatusAccepted)), a.createOperation)
	route(a, op("getOperation", http.MethodGet, "/services/{id}/operations/{operation}", tag, "Show an operation", "How an operation went."), a.getOperation)
	route(a, op("resumeAutoDeploy", http.MethodPost, "/services/{id}/resume", tag, "Resume automatic deployments", "Lets pushes deploy again after a rollback froze them."), a.resumeAutoDeploy)
}

func (a *API) deploymentRoutes() {
	const tag = tagDeployments
	upload := op("createUpload", http.MethodPost, "/uploads", tag, "Upload a source", "Sends a directory as a gzipped tar archive. An upload that nothing refers to is removed after a day.", status(http.StatusCreated))
	upload.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/gzip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	route(a, upload, a.createUpload)
	route(a, op("createDeployment", http.MethodPost, "/services/{id}/deployments", tag, "Deploy", "Requests a deployment. It is done in its turn: one at a time per service, and the old release serves until the new one is healthy. Follow it by its id or on the stream.", status(http.StatusAccepted)), a.createDeployment)
	route(a, op("rollback", http.MethodPost, "/services/{id}/rollback", tag, "Roll back", "Requests a deployment of an earlier release with the settings and variables it had. Automatic deployments are frozen until someone resumes them.", status(http.StatusAccepted)), a.rollback)
	route(a, op("listDeployments", http.MethodGet, "/deployments", tag, "List deployments", "Newest first."), a.listDeployments)
	route(a, op("getDeployment", http.MethodGet, "/deployments/{id}", tag, "Show a deployment", "One deployment with its steps."), a.getDeployment)
	route(a, op("cancelDeployment", http.MethodPost, "/deployments/{id}/cancel", tag, "Cancel a deployment", "Asks to stop a deployment. Once it moves traffic it is too late: roll back then.", status(http.StatusAccepted)), a.cancelDeployment)
	route(a, op("listReleases", http.MethodGet, "/services/{id}/releases", tag, "List releases", "A service's releases, newest first."), a.listReleases)
}

func (a *API) approvalRoutes() {
	const tag = tagApprovals
	route(a, op("listApprovals", http.MethodGet, "/approvals", tag, "List approvals", "Decisions that people are asked for, newest first."), a.listApprovals)
	route(a, op("getApproval", http.MethodGet, "/approvals/{id}", tag, "Show an approval", "One approval, with the digest of what it is about."), a.getApproval)
	route(a, op("approve", http.MethodPost, "/approvals/{id}/approve", tag, "Approve",
		"Lets the action run, once. It takes the role that the action itself takes, and the digest of what you were shown: an approval of something else is refused."), a.approve)
	route(a, op("reject", http.MethodPost, "/approvals/{id}/reject", tag, "Reject", "Refuses the action."), a.reject)
}

func (a *API) liveRoutes() {
	const tag = tagLive
	const lines = "Oldest line of the page first; the newest page unless a cursor says otherwise."
	const events = "Server-sent events: `line` and `gap` carry a log line as JSON and its cursor as id; `problem` ends the stream with a problem. A comment every 15 s shows that it is alive. Browsers resume by themselves with Last-Event-ID."
	route(a, op("listServiceLogs", http.MethodGet, "/services/{id}/logs", tag, "Read a service's log", lines), a.listLogs(a.ofService))
	route(a, op("followServiceLogs", http.MethodGet, "/services/{id}/logs/stream", tag, "Follow a service's log", events, streams(eventStream)), a.followLogs(a.ofService))
	route(a, op("listDeploymentLogs", http.MethodGet, "/deployments/{id}/logs", tag, "Read a deployment's log", lines), a.listLogs(a.ofDeployment))
	route(a, op("followDeploymentLogs", http.MethodGet, "/deployments/{id}/logs/stream", tag, "Follow a deployment's log", events, streams(eventStream)), a.followLogs(a.ofDeployment))
	route(a, op("exec", http.MethodGet, "/services/{id}/exec", tag, "Run a command in a replica",
		"WebSocket, subprotocol `"+ExecProtocol+"`. Every message is binary, and its first byte is a channel. The client sends 0 (input; an empty one closes it). The server sends 1 (output), 2 (errors) and last 3: JSON with `exit_code` or `error`.",
		upgrades), a.exec)
	route(a, op("listActivity", http.MethodGet, "/activity", tag, "Read the audit trail", "Who did what, newest first."), a.listActivity)
	route(a, op("stream", http.MethodGet, "/stream", tag, "Follow all changes",
		"WebSocket of JSON messages. First `hello` with the position where it starts. Then `change` (position, model, id, event) whenever a read model has changed, `server` (id, live) with each heartbeat, `ping` every 15 s, and `reset` (position) where too much was missed: read everything anew. Connect with the last position to miss nothing. Close code 4008: too slow, connect again.",
		upgrades), a.stream)
}

// streams documents an answer that never ends.
func streams(mediaType string) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {Description: "The stream.", Content: map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
		o.DefaultStatus = http.StatusOK
	}
}

// upgrades documents a WebSocket.
func upgrades(o *huma.Operation) {
	o.Responses = map[string]*huma.Response{"101": {Description: "The connection is a WebSocket now."}}
	o.DefaultStatus = http.StatusSwitchingProtocols
	o.Errors = append(o.Errors, http.StatusUpgradeRequired)
}
