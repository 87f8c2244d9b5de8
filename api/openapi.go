package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
)

//go:generate sh -c "go run ./cmd/openapi > openapi.new && mv openapi.new openapi.json"

const about = `Everything that Syntra's dashboard and command line do goes through this API.

**Credentials.** Programs send an API token: ` + "`Authorization: Bearer syn_…`" + `. Browsers log in and get a cookie.

**Reading what was written.** A write answers the header ` + "`Syntra-Position`" + `. A read that sends it back shows that write.

**Doing a thing once.** Send an ` + "`Idempotency-Key`" + ` with a write, and the same key again when the answer was lost.

**Lists.** Ask for the next page with ` + "`cursor`" + ` = the page's ` + "`next_cursor`" + `.

**Problems** are RFC 9457 documents; ` + "`code`" + ` and ` + "`reason`" + ` are for programs, ` + "`detail`" + ` for people. What belongs to another organization does not exist (404). A 429 or 503 says in ` + "`Retry-After`" + ` when to come back.`

// tags are the groups of routes, in the order in which a newcomer meets them.
var tags = []*huma.Tag{
	{Name: tagSession, Description: "Who asks, and with which token."},
	{Name: tagPeople, Description: "Organizations, their members, and invitations to them."},
	{Name: tagServers, Description: "Hosts with an agent, where services run."},
	{Name: tagProjects, Description: "Groups of services."},
	{Name: tagServices, Description: "Programs that are kept running: their settings, variables and operations."},
	{Name: tagDeployments, Description: "How a source becomes a release, and a release gets the traffic."},
	{Name: tagApprovals, Description: "Decisions that people are asked for before something goes on."},
	{Name: tagWebhooks, Description: "HTTP endpoints of yours that are told of events."},
	{Name: tagLive, Description: "Log lines, changes as they happen, the audit trail, and a shell."},
}

const (
	tagSession     = "Session"
	tagPeople      = "People"
	tagServers     = "Servers"
	tagProjects    = "Projects"
	tagServices    = "Services"
	tagDeployments = "Deployments"
	tagApprovals   = "Approvals"
	tagWebhooks    = "Webhooks"
	tagLive        = "Logs and live data"
)

// describe prepares the OpenAPI description and serves it.
func (a *API) describe() {
	config := huma.DefaultConfig("Syntra", a.Version)
	config.Info.Description = about
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Servers = []*huma.Server{{URL: "/", Description: "This installation."}}
	config.Tags = tags
	// Served below, from copies made once; the link to schemas would put a field into every answer.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	for t, described := range described {
		config.Components.Schemas.RegisterTypeAlias(t, described)
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token, syn_…"},
		"session": {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "A browser's session, from POST " + base + "/auth/login."},
	}
	a.huma = humagin.New(a.engine, config)
	a.engine.GET(base+"/openapi.json", a.serveSpec(a.Spec))
	a.engine.GET(base+"/openapi-3.0.json", a.serveSpec(a.Spec30))
	a.engine.GET(base+"/docs", a.docs())
}

// Spec is the OpenAPI 3.1 description as JSON.
func (a *API) Spec() ([]byte, error) {
	return json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
}

// Spec30 is the same in OpenAPI 3.0.3, for generators that know no newer one.
func (a *API) Spec30() ([]byte, error) { return a.huma.OpenAPI().Downgrade() }

func (a *API) serveSpec(spec func() ([]byte, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		data, err := spec()
		if err != nil {
			writeProblem(c.Writer, a.problemOf(c.Request.Context(), fmt.Errorf("write the API's description: %w", err)))
			return
		}
		c.Data(http.StatusOK, "application/json", data)
	}
}

// schemaName keeps the parts of a service's settings apart from the things of the same name.
func schemaName(t reflect.Type, hint string) string {
	elem := t
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	name := strings.Replace(huma.DefaultSchemaNamer(t, hint), "InputBody", "Request", 1)
	switch {
	case elem == reflect.TypeFor[service.Config]():
		return "ServiceConfig"
	case elem == reflect.TypeFor[service.Target]():
		return "Target"
	case elem.PkgPath() == reflect.TypeFor[service.Config]().PkgPath() && elem.Kind() == reflect.Struct:
		return "Config" + name
	case elem.PkgPath() == reflect.TypeFor[runtime.Instance]().PkgPath():
		return "Replica" + name
	}
	return name
}

// ConfigInput is a service's settings as they are sent: all of it may be left out.
type ConfigInput service.Config

// TransformSchema is called by huma.
func (ConfigInput) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return optional(s) }

type configSource service.Source

func (configSource) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return optional(s) }

func optional(s *huma.Schema) *huma.Schema {
	s.Required = nil
	return s
}

// described are types of the domain, which knows no OpenAPI, with what describes them here.
var described = map[reflect.Type]reflect.Type{
	reflect.TypeFor[deployment.Status]():     reflect.TypeFor[statusEnum](),
	reflect.TypeFor[deployment.Kind]():       reflect.TypeFor[kindEnum](),
	reflect.TypeFor[deployment.StepKind]():   reflect.TypeFor[stepEnum](),
	reflect.TypeFor[deployment.Point]():      reflect.TypeFor[pointEnum](),
	reflect.TypeFor[strategy.Kind]():         reflect.TypeFor[strategyEnum](),
	reflect.TypeFor[service.OperationKind](): reflect.TypeFor[operationEnum](),
	reflect.TypeFor[service.SourceKind]():    reflect.TypeFor[sourceEnum](),
	reflect.TypeFor[service.TargetKind]():    reflect.TypeFor[targetEnum](),
	reflect.TypeFor[organization.Role]():     reflect.TypeFor[roleEnum](),
	reflect.TypeFor[service.Source]():        reflect.TypeFor[configSource](),
}

type (
	statusEnum    struct{}
	kindEnum      struct{}
	stepEnum      struct{}
	pointEnum     struct{}
	strategyEnum  struct{}
	operationEnum struct{}
	sourceEnum    struct{}
	targetEnum    struct{}
	roleEnum      struct{}
)

func (statusEnum) Schema(huma.Registry) *huma.Schema {
	return enum(deployment.Queued, deployment.Building, deployment.Deploying, deployment.StatusSucceeded,
		deployment.StatusFailed, deployment.StatusCancelled, deployment.StatusSuperseded)
}

func (kindEnum) Schema(huma.Registry) *huma.Schema {
	return enum(deployment.Deploy, deployment.Redeploy, deployment.Rollback, deployment.Place)
}

func (stepEnum) Schema(huma.Registry) *huma.Schema { return enum(deployment.StepKinds...) }

func (pointEnum) Schema(huma.Registry) *huma.Schema { return enum(deployment.Points...) }

func (strategyEnum) Schema(huma.Registry) *huma.Schema { return enum(strategy.Kinds...) }

func (operationEnum) Schema(huma.Registry) *huma.Schema {
	return enum(service.Stop, service.Start, service.Restart, service.Scale)
}

func (sourceEnum) Schema(huma.Registry) *huma.Schema { return enum(service.Upload, service.Git) }

func (targetEnum) Schema(huma.Registry) *huma.Schema { return enum(service.ServerTarget) }

func (roleEnum) Schema(huma.Registry) *huma.Schema { return enum(organization.Roles...) }

func enum[T ~string](values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v)) // huma compares with the plain string that JSON held
	}
	return s
}
