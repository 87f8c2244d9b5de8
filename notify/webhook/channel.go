// Package webhook is the channel that sends messages to HTTP endpoints: JSON by POST, signed as
// https://www.standardwebhooks.com has it.
//
// The receiver is a stranger's. No redirect is followed, no proxy of the environment is used, the connection goes to
// addresses within Reach only, an answer may take ten seconds, and of it one kilobyte is read.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/notify"
)

// Name is the channel's, in messages.
const Name = "webhook"

// Timeout is how long a receiver may take.
const Timeout = 10 * time.Second

// Vault keeps URLs and secrets; vault.Vault is it.
type Vault interface {
	Get(ctx context.Context, org, owner string, refs map[string]secret.Ref) (map[string]string, error)
}

// Options of the channel; Log and Vault are required.
type Options struct {
	Log   *eventstore.Log
	Vault Vault
	Reach Reach
	// Version is the platform's, for the User-Agent.
	Version string
	// Timeout is how long a receiver may take; zero means Timeout.
	Timeout time.Duration
}

// Channel sends messages to webhooks.
type Channel struct {
	Options
	client *http.Client
}

// New makes the channel.
func New(o Options) *Channel {
	if o.Timeout == 0 {
		o.Timeout = Timeout
	}
	dialer := &net.Dialer{Timeout: o.Timeout, Control: o.Reach.control}
	return &Channel{Options: o, client: &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    o.Timeout,
			MaxResponseHeaderBytes: 32 << 10,
			DisableCompression:     true,
			MaxIdleConns:           200,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		},
	}}
}

var _ notify.Channel = (*Channel)(nil)

// Deliver sends one message once.
func (c *Channel) Deliver(ctx context.Context, m notify.Message) (notify.Answer, error) {
	loaded, err := eventstore.Load[webhook.Webhooks](ctx, c.Log, webhook.Stream(m.Organization))
	if err != nil {
		return notify.Answer{}, err
	}
	hook, err := loaded.State.Get(m.Destination)
	if err != nil {
		return notify.Answer{}, &notify.Failure{Reason: "the webhook is deleted", Final: true}
	}
	if hook.Disabled != "" {
		return notify.Answer{}, &notify.Failure{Reason: "the webhook is disabled: " + hook.Disabled, Final: true}
	}
	req, err := c.request(ctx, hook, m)
	if err != nil {
		return notify.Answer{}, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return notify.Answer{}, withoutURL(err)
	}
	defer res.Body.Close()
	// The status says it all, also where the body breaks off.
	body, _ := io.ReadAll(io.LimitReader(res.Body, notify.MaxAnswer))
	return notify.Answer{Status: res.StatusCode, Body: string(body)}, c.judge(ctx, m, res)
}

// request makes the signed request.
func (c *Channel) request(ctx context.Context, hook webhook.Webhook, m notify.Message) (*http.Request, error) {
	now := time.Now()
	refs := map[string]secret.Ref{"url": hook.URL}
	for i, ref := range hook.Secrets(now) {
		refs[strconv.Itoa(i)] = ref
	}
	values, err := c.Vault.Get(ctx, m.Organization, hook.ID, refs)
	if err != nil {
		return nil, fmt.Errorf("the URL or the secret of webhook %s cannot be read: give it a new one: %w", hook.ID, err)
	}
	var secrets []string
	for i := range hook.Secrets(now) {
		secrets = append(secrets, values[strconv.Itoa(i)])
	}
	signed, err := signature(secrets, m.ID, now, m.Payload)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, values["url"], strings.NewReader(m.Payload))
	if err != nil {
		return nil, &notify.Failure{Reason: "the webhook's URL is not valid: give it a new one", Final: true}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", strings.TrimSuffix("Syntra-Webhook/"+c.Version, "/"))
	if trace := eventstore.CauseOf(ctx).Trace; trace != "" {
		req.Header.Set("traceparent", trace)
	}
	// The names are set as the standard writes them.
	req.Header[HeaderID] = []string{m.ID}
	req.Header[HeaderTimestamp] = []string{strconv.FormatInt(now.Unix(), 10)}
	req.Header[HeaderSignature] = []string{signed}
	return req, nil
}

// judge returns what an answer means for its message.
func (c *Channel) judge(ctx context.Context, m notify.Message, res *http.Response) error {
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		if err := c.disable(ctx, m); err != nil {
			return err
		}
		return &notify.Failure{Reason: "the receiver answered 410: the webhook is disabled", Final: true}
	case code >= 300 && code < 400:
		return &notify.Failure{Reason: fmt.Sprintf("the receiver answered %d: redirects are not followed", code)}
	default:
		return &notify.Failure{
			Reason:     fmt.Sprintf("the receiver answered %d", code),
			RetryAfter: retryAfter(res.Header.Get("Retry-After"), time.Now()),
		}
	}
}

// disable notes that a receiver is gone for good.
func (c *Channel) disable(ctx context.Context, m notify.Message) error {
	cmd := eventstore.Command{
		ID:           id.New(id.Command), // disabling twice changes nothing
		Organization: m.Organization,
		Actor:        domain.System("notify"),
	}
	stream := webhook.Stream(m.Organization)
	_, err := eventstore.Execute(ctx, c.Log, stream, cmd, func(s *webhook.Webhooks) ([]domain.Event, error) {
		return s.Disable(m.Destination, "its receiver answered 410 Gone")
	})
	if domain.CodeOf(err) == domain.NotFound {
		return nil // deleted meanwhile
	}
	return err
}

// retryAfter reads the header: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// withoutURL keeps the URL, which may hold a secret, out of what people are shown.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return errors.New("the receiver did not answer in time")
		}
		return wrapped.Err
	}
	return err
}
