package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// message is one that a receiver got.
type message struct {
	id, signed, at, body string
	answer               chan int
}

// signedBy reports whether a webhook's secret has signed the message.
func (m message) signedBy(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, m.id+"."+m.at+"."+m.body)
	return m.signed == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// receiver hands over each message, and waits for what it shall answer. Once open is set it answers 204 to all.
type receiver struct {
	*httptest.Server
	messages chan message
	open     atomic.Bool
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{messages: make(chan message, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		h := req.Header
		m := message{h.Get("webhook-id"), h.Get("webhook-signature"), h.Get("webhook-timestamp"), string(body), make(chan int, 1)}
		r.messages <- m
		if r.open.Load() {
			m.answer <- http.StatusNoContent
		}
		select {
		case status := <-m.answer:
			w.WriteHeader(status)
		case <-req.Context().Done():
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// next returns the next message that tells of a type.
func (r *receiver) next(ctx context.Context, t *testing.T, kind string) message {
	t.Helper()
	for {
		select {
		case m := <-r.messages:
			if strings.Contains(m.body, `"type":"`+kind+`"`) {
				return m
			}
		case <-ctx.Done():
			t.Fatalf("no message %s arrived", kind)
		}
	}
}

// A deployment succeeds, and the platform is killed while the receiver has the message and has not answered. After the
// restart the receiver gets it again, under the same id. Neither the webhook's URL nor its secret is anywhere in the clear.
func TestAWebhookHearsOfADeploymentAlsoWhenThePlatformIsKilled(t *testing.T) {
	ctx, p := own(t, harness.Options{})
	r, planted := newReceiver(t), "planted-"+rand.Text()
	out, err := p.Syn(ctx, "webhooks", "add", r.URL+"/"+planted, "--events", "deployment.succeeded", "--json")
	require.NoError(t, err)
	var hook struct{ ID, Secret string }
	require.NoError(t, json.Unmarshal(out, &hook))

	deployed, err := p.Deploy(ctx, program(t, "one", nil), "hooks", "web")
	require.NoError(t, err)
	first := r.next(ctx, t, "deployment.succeeded")
	p.Kill()
	require.True(t, first.signedBy(hook.Secret))
	require.Contains(t, first.body, `"deployment_id":"`+deployed.DeploymentID+`"`)
	require.Contains(t, first.body, `"slug":"web"`)
	require.Contains(t, first.body, p.URL+"/deployments/"+deployed.DeploymentID)

	r.open.Store(true)
	require.NoError(t, p.Restart(ctx))
	again := r.next(ctx, t, "deployment.succeeded")
	require.Equal(t, first.id, again.id)
	require.Equal(t, first.body, again.body)
	require.True(t, again.signedBy(hook.Secret))

	_, err = p.Syn(ctx, "webhooks", "test", hook.ID)
	require.NoError(t, err)
	require.True(t, r.next(ctx, t, "webhook.test").signedBy(hook.Secret))
	deliveries, err := p.Syn(ctx, "webhooks", "deliveries", hook.ID, "--state", "delivered", "--json")
	require.NoError(t, err)
	require.Contains(t, string(deliveries), again.id)

	for _, secret := range []string{planted, strings.TrimPrefix(hook.Secret, "whsec_")} {
		require.Empty(t, tablesHolding(ctx, t, p.Database, secret), "tables of the database")
	}
	require.NoError(t, p.Stop())
	for _, secret := range []string{planted, strings.TrimPrefix(hook.Secret, "whsec_")} {
		require.Empty(t, filesHolding(t, p.DataDir, secret), "files of the data folder")
	}
}
