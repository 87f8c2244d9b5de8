package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/wire"
)

const (
	dialTimeout = 20 * time.Second
	// Pauses between tries double from the first to the last.
	firstPause   = 250 * time.Millisecond
	lastPause    = 10 * time.Second
	firstRefusal = time.Second
	lastRefusal  = time.Minute
	// steady is how long a connection must last for the pauses to begin anew.
	steady = 10 * time.Second
)

// refusal is a control plane that answered, and does not want this agent.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string {
	if r.status == 0 {
		return r.detail
	}
	return fmt.Sprintf("refused with %d: %s", r.status, r.detail)
}

// stayConnected dials for ever.
func (a *Agent) stayConnected(ctx context.Context) error {
	address, err := a.address(wire.ConnectPath)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	if inTheClear(address) {
		a.log.Warn("agent: the connection to the control plane is not encrypted, and secrets go over it: use an https URL", "url", a.opts.URL)
	}
	var tries int
	for ctx.Err() == nil {
		began := time.Now()
		err := a.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > steady {
			tries = 0
		}
		pause := backoff(tries, firstPause, lastPause)
		var no *refusal
		if errors.As(err, &no) {
			pause = backoff(tries, firstRefusal, lastRefusal)
			a.log.Error("agent: the control plane refuses this agent; mend the cause and it connects by itself",
				"url", a.opts.URL, "cause", no.Error(), "next_try", pause.Round(time.Millisecond))
		} else {
			a.log.Warn("agent: not connected; services go on", "url", a.opts.URL, "cause", err, "next_try", pause.Round(time.Millisecond))
		}
		tries++
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil //nolint:nilerr // asked to end
}

// inTheClear says whether a URL leaves this machine without TLS.
func inTheClear(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// backoff is exponential with jitter over its upper half, so that agents that lost one hub do not return in step.
func backoff(tries int, first, last time.Duration) time.Duration {
	pause := min(first<<min(tries, 16), last)
	return pause/2 + rand.N(pause/2+1)
}

// connect dials with each token until one is accepted, and talks until the connection ends.
func (a *Agent) connect(ctx context.Context) error {
	tokens := a.identity.Tokens(a.opts.Token)
	if len(tokens) == 0 {
		return &refusal{detail: "there is no token: start the agent with --token and a join token from `syn server add`"}
	}
	var err error
	for _, token := range tokens {
		var conn *websocket.Conn
		if conn, err = a.dial(ctx, token); err == nil {
			return a.talk(ctx, conn, token)
		}
		var no *refusal
		if !errors.As(err, &no) || no.status != http.StatusUnauthorized {
			return err
		}
	}
	return err
}

func (a *Agent) dial(ctx context.Context, token string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	address, err := a.address(wire.ConnectPath)
	if err != nil {
		return nil, err
	}
	conn, res, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: a.opts.HTTP, HTTPHeader: a.headers(token)})
	if err == nil {
		conn.SetReadLimit(wire.MaxFrame)
		return conn, nil
	}
	if res != nil && res.StatusCode >= 400 && res.StatusCode < 500 {
		return nil, &refusal{status: res.StatusCode, detail: detailOf(res)}
	}
	return nil, fmt.Errorf("dial: %w", err)
}

func (a *Agent) headers(token string) http.Header {
	return http.Header{
		"Authorization":     {"Bearer " + token},
		wire.InstanceHeader: {a.identity.Instance()},
		"User-Agent":        {"syntra-agent/" + a.opts.Version},
	}
}

// address is a URL of the control plane.
func (a *Agent) address(path string) (string, error) {
	u, err := url.Parse(a.opts.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("%q is no control plane's URL: use https://host[:port]", a.opts.URL)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	return u.String(), nil
}

// detailOf reads what a problem document says to a person.
func detailOf(res *http.Response) string {
	var problem struct{ Detail string }
	body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10)) // what came is all there is to tell
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
		return problem.Detail
	}
	return strings.TrimSpace(string(body))
}
