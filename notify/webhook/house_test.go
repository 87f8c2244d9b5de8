package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/secret"
	hooks "github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/vault"
)

const org = "org_acme"

// received is a request that a receiver got.
type received struct {
	header http.Header
	body   string
}

// receiver is somebody's HTTP endpoint.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []received
	answers func(w http.ResponseWriter, r *http.Request)
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got = append(r.got, received{req.Header.Clone(), string(body)})
		answers := r.answers
		r.mu.Unlock()
		if answers != nil {
			answers(w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(f func(w http.ResponseWriter, r *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = f
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received{}, r.got...)
}

// signedBy reports whether a secret has signed a request, by the words of the standard.
func (r received) signedBy(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, r.header.Get("webhook-id")+"."+r.header.Get("webhook-timestamp")+"."+r.body)
	for _, s := range strings.Fields(r.header.Get("webhook-signature")) {
		if s == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// house is the channel on a real database, with a worker.
type house struct {
	*testing.T
	url, keys string
	log       *eventstore.Log
	vault     *vault.Vault
	outbox    *notify.Outbox
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, url: postgrestest.URL(t), keys: filepath.Join(t.TempDir(), "master.json")}
	var end func()
	var err error
	h.log, h.vault, h.outbox, end, err = open(t.Context(), h.url, h.keys)
	require.NoError(t, err)
	t.Cleanup(end)
	return h
}

func open(ctx context.Context, url, keys string) (*eventstore.Log, *vault.Vault, *notify.Outbox, func(), error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	secrets, err := vault.Open(ctx, pool, keys)
	return &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}, secrets, notify.NewOutbox(pool),
		func() { store.Close(); pool.Close() }, err
}

// work runs a worker until the test ends.
func (h *house) work(change ...func(*webhook.Options)) {
	h.Helper()
	o := webhook.Options{Log: h.log, Vault: h.vault, Reach: webhook.Reach{Loopback: true}, Version: "1.2.3"}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.outbox.Run(ctx, options(webhook.New(o))) }()
	h.Cleanup(func() { cancel(); require.NoError(h, <-ended) })
}

func options(c *webhook.Channel) notify.Options {
	return notify.Options{
		Channels:  map[string]notify.Channel{webhook.Name: c},
		Logger:    slog.New(slog.DiscardHandler),
		Poll:      5 * time.Millisecond,
		Lease:     11 * time.Second,
		WaitAfter: func(int) time.Duration { return time.Millisecond },
	}
}

func (h *house) tell(decide func(*hooks.Webhooks) ([]domain.Event, error)) []domain.Event {
	h.Helper()
	res, err := eventstore.Execute(h.Context(), h.log, hooks.Stream(org), eventstore.Command{
		ID: id.New(id.Command), Organization: org, Actor: domain.System("test"),
	}, decide)
	require.NoError(h, err)
	return res.Events
}

// subscribe makes a webhook for a URL, and returns its id and secret.
func (h *house) subscribe(url string) (webhookID, signing string) {
	h.Helper()
	webhookID, signing = id.New(id.Webhook), webhook.NewSecret()
	made := h.tell(func(s *hooks.Webhooks) ([]domain.Event, error) {
		return s.Create(hooks.Draft{ID: webhookID, Host: "shown.example.com", Events: []string{hooks.All}})
	})[0].(hooks.Created)
	require.NoError(h, h.vault.Put(h.Context(), org, webhookID, map[secret.Ref]string{made.URL: url, made.Secret: signing}))
	return webhookID, signing
}

// send enqueues a message and returns its id.
func (h *house) send(webhookID, key string) string {
	h.Helper()
	ids, err := h.outbox.Enqueue(h.Context(), org, notify.New{
		Channel: webhook.Name, Destination: webhookID, Key: key, Type: hooks.Test, Payload: `{"type":"` + key + `"}`,
	})
	require.NoError(h, err)
	return ids[0]
}

// await waits until a message has ended, and returns it.
func (h *house) await(messageID string) (d notify.Delivery) {
	h.Helper()
	require.Eventually(h, func() bool {
		var err error
		d, err = h.outbox.Delivery(h.Context(), org, messageID)
		require.NoError(h, err)
		return d.State != notify.Pending
	}, time.Minute, 10*time.Millisecond, "%s never ends", messageID)
	return d
}

// Of the child process that TestAKilledWorker… kills.
const (
	envDatabase = "SYNTRA_TEST_WEBHOOK_DATABASE"
	envKeys     = "SYNTRA_TEST_WEBHOOK_KEYS"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(envDatabase); url != "" {
		ctx := context.Background()
		log, secrets, outbox, _, err := open(ctx, url, os.Getenv(envKeys))
		if err == nil {
			channel := webhook.New(webhook.Options{Log: log, Vault: secrets, Reach: webhook.Reach{Loopback: true}})
			err = outbox.Run(ctx, options(channel))
		}
		if err != nil {
			_, _ = io.WriteString(os.Stderr, err.Error())
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}
