// Package api is the platform's HTTP face: REST under /api/v1 with its OpenAPI description, the live WebSocket, log
// streams, health and metrics. It appends to the log and queries read models; it knows no workflow engine.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/telemetry"
)

// base is where all routes start.
const base = "/api/v1"

// Options are what an API is made of.
type Options struct {
	Log      *eventstore.Log
	Pool     *pgxpool.Pool
	Queries  *projections.Queries
	Runner   Runner
	Accounts *account.Accounts
	Logs     telemetry.LogReader
	Vault    Vault
	Uploads  Uploads
	Outbox   Outbox
	// WebhookReach is where webhooks may point to.
	WebhookReach webhook.Reach
	// Agents runs exec; nil on a replica without a hub.
	Agents Agents
	// Presences answers what an organization's agents said last; hub.Presences on Pool where nil.
	Presences func(ctx context.Context, org string) ([]hub.Presence, error)
	// AgentHandler serves /agent/v1/: the hub's handler. May be nil.
	AgentHandler http.Handler
	// Web serves the dashboard: everything that is nobody else's. May be nil.
	Web http.Handler
	// BaseDomain is what generated host names end in; "localhost" where empty.
	BaseDomain string
	// PublicURL is where agents and people reach this API; taken from each request where empty.
	PublicURL string
	// EdgePublic answers the URL of a host on a server; EdgeURL where nil.
	EdgePublic func(s projections.Server, host string) string
	// Health are the parts beyond Postgres and the read models.
	Health  []Check
	Version string
	Logger  *slog.Logger
	// Metrics is what /metrics shows; a registry of its own where nil.
	Metrics *prometheus.Registry
	// TrustedProxies are addresses or networks whose X-Forwarded-For is believed. Nobody's where empty: anyone can send it.
	TrustedProxies []string
	// SecureCookies says that browsers come over https.
	SecureCookies bool
	// RequestsPerSecond and Burst bound one token's requests; 50 and 300 where 0.
	RequestsPerSecond float64
	Burst             int
	// Breath is how often a silent stream says that it is alive, and whether its token still is; 15 s where 0: proxies
	// cut what is silent for a minute or less.
	Breath time.Duration
	// Now is the clock; time.Now where nil.
	Now func() time.Time
}

// API is the handler of everything.
type API struct {
	Options
	engine  *gin.Engine
	huma    huma.API
	metrics *metrics
	limits  *limits
	logins  *account.Limiter
	feed    *feed
	envTurn chan struct{}
	closing chan struct{}
	now     func() time.Time
}

// New makes the handler. Run must run beside it for /stream to live.
func New(o Options) *API {
	o = o.withDefaults()
	a := &API{
		Options: o, metrics: newMetrics(o.Metrics), limits: newLimits(o.RequestsPerSecond, o.Burst, o.Now),
		logins: account.NewLimiter(o.Now), feed: &feed{runner: o.Runner, presences: o.Presences, logger: o.Logger, listeners: map[*listener]struct{}{}},
		envTurn: make(chan struct{}, 1), closing: make(chan struct{}), now: o.Now,
	}
	gin.SetMode(gin.ReleaseMode)
	a.engine = gin.New()
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	if err := a.engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		panic("api: TrustedProxies: " + err.Error()) // the wiring checks what a person configures
	}
	a.engine.Use(a.observe, a.rescue, a.secure)
	a.describe()
	a.routes()
	describeFields(a.huma.OpenAPI().Components.Schemas.Map())
	a.pages()
	return a
}

func (o Options) withDefaults() Options {
	if o.BaseDomain == "" {
		o.BaseDomain = "localhost"
	}
	if o.EdgePublic == nil {
		o.EdgePublic = EdgeURL
	}
	if o.Presences == nil {
		o.Presences = func(ctx context.Context, org string) ([]hub.Presence, error) { return hub.Presences(ctx, o.Pool, org) }
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.RequestsPerSecond == 0 {
		o.RequestsPerSecond, o.Burst = 50, 300
	}
	if o.Breath == 0 {
		o.Breath = 15 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Run feeds /stream and sweeps what has expired until ctx ends. It then tells long connections to go: call
// http.Server.Shutdown after it.
func (a *API) Run(ctx context.Context) error {
	defer close(a.closing)
	go a.sweep(ctx)
	a.feed.run(ctx)
	return nil
}

// pages are all that is not in the API's description.
func (a *API) pages() {
	a.engine.GET("/healthz", a.healthz)
	a.engine.GET("/livez", a.livez)
	a.engine.GET("/readyz", a.readyz)
	a.engine.GET("/metrics", gin.WrapH(a.metrics.handler))
	if a.AgentHandler != nil {
		a.engine.Any("/agent/v1/*rest", gin.WrapH(a.AgentHandler))
	}
	a.engine.NoMethod(func(c *gin.Context) {
		writeProblem(c.Writer, newProblem(c.Request.Context(), http.StatusMethodNotAllowed, "", c.Request.Method+" is not possible here: see "+base+"/docs"))
	})
	a.engine.NoRoute(func(c *gin.Context) {
		path := c.Request.URL.Path
		if a.Web == nil || path == "/api" || strings.HasPrefix(path, "/api/") {
			writeProblem(c.Writer, newProblem(c.Request.Context(), http.StatusNotFound, "no_route", "there is nothing at this address: see "+base+"/docs"))
			return
		}
		c.Status(http.StatusOK) // gin has set 404 already
		a.Web.ServeHTTP(c.Writer, c.Request)
	})
}
