package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/upload"
	"github.com/syntra-dev/syntra/vault"
)

const (
	email    = "ada@example.com"
	password = "correct horse battery staple"
)

// house is a whole API over a real log and real read models.
type house struct {
	*testing.T
	pool    *pgxpool.Pool
	log     *eventstore.Log
	runner  *projections.Runner
	vault   *vault.Vault
	uploads *upload.Store
	outbox  *notify.Outbox
	url     string
	printed *printed
	logs    *memoryLogs
	owner   *client // of the first organization, with an API token
	org     string
	user    string
}

// printed is what the API has logged.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

func newHouse(t *testing.T, change ...func(*api.Options)) *house {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h := &house{T: t, printed: &printed{}, logs: &memoryLogs{}}
	config, err := pgxpool.ParseConfig(postgrestest.URL(t))
	require.NoError(t, err)
	config.MaxConns = 20
	h.pool, err = pgxpool.NewWithConfig(ctx, config)
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	store := postgres.New(h.pool, quiet)
	h.log = &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
	h.runner = projections.NewRunner(h.pool, h.log, quiet)
	h.vault, err = vault.Open(ctx, h.pool, filepath.Join(t.TempDir(), "master.json"))
	require.NoError(t, err)
	h.uploads, err = upload.Open(t.TempDir(), source.Limits{ArchiveBytes: 64 << 10, Bytes: 1 << 20, Files: 100})
	require.NoError(t, err)
	h.outbox = notify.NewOutbox(h.pool)
	accounts, err := account.New(ctx, h.pool)
	require.NoError(t, err)
	token := account.NewToken(account.APIPrefix).Value
	first, err := accounts.Bootstrap(ctx, h.log, account.Setup{Slug: "acme", Organization: "Acme", Email: email, Name: "Ada", Password: password, Token: token})
	require.NoError(t, err)
	h.org, h.user = first.Organization, first.UserID

	o := api.Options{
		Log: h.log, Pool: h.pool, Queries: projections.NewQueries(h.pool), Runner: h.runner, Accounts: accounts,
		Logs: h.logs, Vault: h.vault, Uploads: h.uploads, Outbox: h.outbox, WebhookReach: webhook.Reach{Loopback: true}, Version: "1.2.3", RequestsPerSecond: 10_000, Burst: 10_000,
		Logger: slog.New(slog.NewJSONHandler(h.printed, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&o)
	}
	a := api.New(o)
	var running sync.WaitGroup
	running.Go(func() { _ = h.runner.Run(ctx) })
	running.Go(func() { _ = a.Run(ctx) })
	server := httptest.NewServer(a)
	h.url = server.URL
	t.Cleanup(func() {
		cancel()
		running.Wait()
		server.Close()
		store.Close()
		h.pool.Close()
	})
	h.owner = h.client(token)
	wait, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	require.NoError(t, h.runner.WaitFor(wait, first.Position))
	return h
}

// client speaks for one token; "" for nobody.
func (h *house) client(token string) *client { return &client{h: h, token: token} }

// as makes a token of a weaker role.
func (h *house) as(role organization.Role) *client {
	h.Helper()
	var made struct{ Token string }
	h.owner.post("/tokens", map[string]any{"name": string(role), "role": role}).want(201).into(&made)
	return h.client(made.Token)
}

// stranger owns another organization.
func (h *house) stranger() *client {
	h.Helper()
	ctx := context.Background()
	org, person, token := id.New(id.Organization), id.New(id.User), account.NewToken(account.APIPrefix)
	cmd := eventstore.Command{ID: id.New(id.Command), Organization: org, Actor: domain.System("test")}
	_, err := eventstore.Execute(ctx, h.log, organization.Stream(org), cmd, func(o *organization.Organization) ([]domain.Event, error) {
		return o.Create(org, "evil", "Evil", person)
	})
	require.NoError(h, err)
	res, err := eventstore.Execute(ctx, h.log, user.Stream(person), cmd, func(u *user.User) ([]domain.Event, error) {
		return []domain.Event{user.Registered{UserID: person}, user.TokenIssued{
			TokenID: id.New(id.Token), OrganizationID: org, UserID: person, Kind: user.APIToken, Name: "t",
			Prefix: token.Prefix, Hash: token.Hash, Role: organization.Owner,
		}}, nil
	})
	require.NoError(h, err)
	require.NoError(h, h.runner.WaitFor(ctx, res.Position))
	return h.client(token.Value)
}

func (h *house) head() eventstore.Position {
	h.Helper()
	head, err := h.log.Head(context.Background())
	require.NoError(h, err)
	return head
}

type client struct {
	h      *house
	token  string
	header http.Header
}

// in returns the client for a subtest.
func (c *client) in(t *testing.T) *client {
	h, next := *c.h, *c
	h.T = t
	next.h = &h
	return &next
}

// with returns a client that sends a header, too.
func (c *client) with(name, value string) *client {
	next := *c
	next.header = c.header.Clone()
	if next.header == nil {
		next.header = http.Header{}
	}
	next.header.Set(name, value)
	return &next
}

func (c *client) get(path string) *reply            { return c.do("GET", path, nil) }
func (c *client) post(path string, body any) *reply { return c.do("POST", path, body) }

// do sends a body as it is where it is bytes or a reader, as JSON otherwise.
func (c *client) do(method, path string, body any) *reply {
	c.h.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case io.Reader:
		r = b
	default:
		raw, err := json.Marshal(b)
		require.NoError(c.h, err)
		r = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "//") {
		path = "/api/v1" + path
	}
	req, err := http.NewRequest(method, c.h.url+strings.TrimPrefix(path, "/"), r)
	if strings.HasPrefix(path, "/api") {
		req, err = http.NewRequest(method, c.h.url+path, r)
	}
	require.NoError(c.h, err)
	for k, v := range c.header {
		req.Header[k] = v
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(c.h, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(c.h, err)
	return &reply{h: c.h, what: method + " " + path, Response: res, body: raw}
}

type reply struct {
	h    *house
	what string
	*http.Response
	body []byte
}

func (r *reply) want(status int) *reply {
	r.h.Helper()
	require.Equal(r.h, status, r.StatusCode, "%s: %s", r.what, r.body)
	return r
}

func (r *reply) into(v any) *reply {
	r.h.Helper()
	require.NoError(r.h, json.Unmarshal(r.body, v), "%s: %s", r.what, r.body)
	return r
}

// problem checks that the answer is a complete problem document.
func (r *reply) problem(status int, code, reason string) api.Problem {
	r.h.Helper()
	r.want(status)
	require.Equal(r.h, "application/problem+json", r.Header.Get("Content-Type"), r.what)
	var p api.Problem
	r.into(&p)
	require.Equal(r.h, status, p.Status)
	require.Equal(r.h, code, p.Code, "%s", r.body)
	require.Equal(r.h, reason, p.Reason, "%s", r.body)
	require.NotEmpty(r.h, p.Title)
	require.NotEmpty(r.h, p.Detail)
	require.Equal(r.h, r.Header.Get("X-Request-ID"), p.RequestID, "%s", r.body)
	return p
}
