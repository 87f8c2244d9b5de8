package webhook_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
	hooks "github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/webhook"
)

func TestAMessageArrivesSigned(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, signing := h.subscribe(r.URL + "/hooks/secret-path?key=secret")
	r.answer(func(w http.ResponseWriter, req *http.Request) {
		require.Equal(t, "POST /hooks/secret-path?key=secret", req.Method+" "+req.RequestURI)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "thank you")
	})
	h.work()
	sent := h.send(hook, "deployment.failed")
	d := h.await(sent)
	require.Equal(t, notify.Delivered, d.State)
	require.Equal(t, 202, d.AnswerStatus)
	require.Equal(t, "thank you", d.Answer)

	require.Len(t, r.all(), 1)
	got := r.all()[0]
	require.Equal(t, `{"type":"deployment.failed"}`, got.body)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, "Syntra-Webhook/1.2.3", got.header.Get("User-Agent"))
	require.Equal(t, sent, got.header.Get("webhook-id"))
	seconds, err := strconv.ParseInt(got.header.Get("webhook-timestamp"), 10, 64)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
	require.True(t, got.signedBy(signing))
	require.False(t, got.signedBy(webhook.NewSecret()))
}

func TestAMessageCarriesTheTraceOfWhatLedToIt(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, _ := h.subscribe(r.URL)
	h.work()
	const led = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	ids, err := h.outbox.Enqueue(t.Context(), org, notify.New{
		Channel: webhook.Name, Destination: hook, Key: "a", Type: hooks.Test, Payload: "{}", Trace: led,
	})
	require.NoError(t, err)
	h.await(ids[0])
	require.Contains(t, r.all()[0].header.Get("traceparent"), led[3:35])
}

func TestWhileASecretIsRotatedBothSign(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, first := h.subscribe(r.URL)
	next := webhook.NewSecret()
	h.work()
	rotate := func(at time.Time, value string) {
		made := h.tell(func(s *hooks.Webhooks) ([]domain.Event, error) { return s.RotateSecret(hook, at) })[0].(hooks.SecretRotated)
		require.NoError(t, h.vault.Put(t.Context(), org, hook, map[secret.Ref]string{made.Secret: value}))
	}
	rotate(time.Now(), next)
	h.await(h.send(hook, "during"))
	last := webhook.NewSecret()
	rotate(time.Now().Add(-hooks.Overlap), last)
	h.await(h.send(hook, "after"))
	during, after := r.all()[0], r.all()[1]
	require.True(t, during.signedBy(first) && during.signedBy(next))
	require.True(t, after.signedBy(last))
	require.False(t, after.signedBy(next) || after.signedBy(first))
}

func TestAReceiverThatFailsIsAskedAgain(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, _ := h.subscribe(r.URL)
	statuses := []int{500, 429, 404, 302, 200}
	next := make(chan int, len(statuses))
	for _, s := range statuses {
		next <- s
	}
	r.answer(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		require.NotEqual(t, "/elsewhere", req.URL.Path, "a redirect was followed")
		w.WriteHeader(<-next)
	})
	h.work()
	sent := h.send(hook, "a")
	d := h.await(sent)
	require.Equal(t, notify.Delivered, d.State)
	require.Equal(t, len(statuses), d.Attempts)
	for _, got := range r.all() {
		require.Equal(t, sent, got.header.Get("webhook-id"), "every try has the same id")
		require.Equal(t, r.all()[0].body, got.body, "and the same bytes")
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, _ := h.subscribe(r.URL)
	r.answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	h.work()
	sent := h.send(hook, "a")
	require.Eventually(t, func() bool {
		d, err := h.outbox.Delivery(t.Context(), org, sent)
		require.NoError(t, err)
		return d.Attempts == 1 && time.Until(*d.NextAt) > 55*time.Minute
	}, time.Minute, 10*time.Millisecond)
}

func TestAReceiverThatIsGoneDisablesTheWebhook(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, _ := h.subscribe(r.URL)
	r.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	h.work()
	for range 2 { // also after it was enabled again
		sent := h.send(hook, "a")
		_, err := h.outbox.Redeliver(t.Context(), org, sent)
		require.NoError(t, err)
		require.Equal(t, notify.Dead, h.await(sent).State)
		loaded, err := eventstore.Load[hooks.Webhooks](t.Context(), h.log, hooks.Stream(org))
		require.NoError(t, err)
		require.Contains(t, loaded.State.All[0].Disabled, "410")
		d := h.await(h.send(hook, "another"))
		require.Contains(t, d.Error, "disabled")
		h.tell(func(s *hooks.Webhooks) ([]domain.Event, error) { return s.Enable(hook) })
	}
	h.tell(func(s *hooks.Webhooks) ([]domain.Event, error) { return s.Delete(hook) })
	require.Equal(t, "the webhook is deleted", h.await(h.send(hook, "last")).Error)
}

func TestAStrangersAnswerDoesNoHarm(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, _ := h.subscribe(r.URL)
	r.answer(func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 10 {
			if _, err := w.Write([]byte(strings.Repeat("\x00\xff<b>", 1<<10))); err != nil {
				return
			}
		}
	})
	h.work()
	d := h.await(h.send(hook, "endless"))
	require.Equal(t, notify.Delivered, d.State)
	require.LessOrEqual(t, len(d.Answer), notify.MaxAnswer)
	require.NotContains(t, d.Answer, "\x00")
}

func TestAReceiverThatHangsIsGivenUpAndTheURLIsNotShown(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	slow, _ := h.subscribe(r.URL + "/s3cret")
	closed := newReceiver(t)
	refused, _ := h.subscribe(closed.URL + "/s3cret")
	closed.Close()
	unknown, _ := h.subscribe("http://no-such-host.invalid/s3cret")
	hang := make(chan struct{})
	r.answer(func(http.ResponseWriter, *http.Request) { <-hang })
	defer close(hang)
	h.work(func(o *webhook.Options) { o.Timeout = 20 * time.Millisecond })
	for hook, saying := range map[string]string{slow: "in time", refused: "refused", unknown: "no-such-host"} {
		d := h.await(h.send(hook, "a"))
		require.Equal(t, notify.Dead, d.State)
		require.Contains(t, d.Error, saying)
		require.NotContains(t, d.Error, "s3cret")
	}
}

func TestPrivateAddressesAreNotReachedWhateverTheNameMeans(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	byAddress, _ := h.subscribe(r.URL)
	byName, _ := h.subscribe(strings.Replace(r.URL, "127.0.0.1", "localhost", 1))
	h.work(func(o *webhook.Options) { o.Reach = webhook.Reach{Private: true} })
	for _, hook := range []string{byAddress, byName} {
		d := h.await(h.send(hook, "a"))
		require.Equal(t, notify.Dead, d.State)
		require.Contains(t, d.Error, "may not reach this address")
	}
	require.Empty(t, r.all())
}

// TestAKilledWorkerSendsAgainUnderTheSameID kills a worker's process between the sending and the note of it: the receiver
// has the request and has not answered yet.
func TestAKilledWorkerSendsAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	h, r := newHouse(t), newReceiver(t)
	hook, signing := h.subscribe(r.URL)
	sent := h.send(hook, "a")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), envDatabase+"="+h.url, envKeys+"="+h.keys)
	child.Stderr = os.Stderr
	r.answer(func(http.ResponseWriter, *http.Request) { _ = child.Process.Kill() })
	require.NoError(t, child.Start())
	require.ErrorContains(t, child.Wait(), "killed")
	d, err := h.outbox.Delivery(t.Context(), org, sent)
	require.NoError(t, err)
	require.Equal(t, notify.Pending, d.State, "nobody knows that it has arrived")
	r.answer(nil)
	h.work()
	require.Equal(t, notify.Delivered, h.await(sent).State)
	require.Len(t, r.all(), 2)
	for _, got := range r.all() {
		require.Equal(t, sent, got.header.Get("webhook-id"))
		require.True(t, got.signedBy(signing))
	}
}
