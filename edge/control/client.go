package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Codes of Error that a program may want to tell apart.
const (
	CodeInvalid       = "invalid"        // 400: the message is wrong; sending it again will not help
	CodeHostTaken     = "host_taken"     // 409: another service has the host name
	CodeStillRouted   = "still_routed"   // 409: the release to be drained takes traffic
	CodeHandingOver   = "handing_over"   // 503: ask again, the next edge will answer
	CodeNotSaved      = "not_saved"      // 500: the table could not be written to disk, and stays as it was
	CodeNotEverywhere = "not_everywhere" // 500: the edge that was taken over, and still serves connections, did not follow; repeat
	CodeDrainFailed   = "drain_failed"   // 500: requests were cut and did not end
)

// Error is what the edge answers when it does not do what it was asked.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// maxAnswer bounds what the client reads.
const maxAnswer = 64 << 20

// Client talks to the edge on its Unix socket. It is safe for concurrent use. While one edge takes over from another,
// calls wait and reach the new one.
type Client struct {
	socket string
	http   *http.Client
}

// NewClient makes a client; it dials with each call, so the edge may come, go and be replaced.
func NewClient(socketPath string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socketPath)
	}
	return &Client{socketPath, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// PutService replaces a service. When it returns nil, every new request goes to the new pools and the table is on disk.
func (c *Client) PutService(ctx context.Context, s Service) error {
	return c.call(ctx, http.MethodPut, "/v1/services/"+url.PathEscape(s.ID), s, nil)
}

// DeleteService takes a service out of the table. One that is not there is no error.
func (c *Client) DeleteService(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/v1/services/"+url.PathEscape(id), nil, nil)
}

// Drain waits until nothing is under way to the release and it is safe to stop. Error CodeStillRouted: it takes traffic.
// A release that the edge does not know has nothing under way.
func (c *Client) Drain(ctx context.Context, service string, d DrainRequest) (DrainResponse, error) {
	var out DrainResponse
	err := c.call(ctx, http.MethodPost, "/v1/services/"+url.PathEscape(service)+"/drain", d, &out)
	return out, err
}

// Table is what the edge routes by.
func (c *Client) Table(ctx context.Context) (Table, error) {
	var out Table
	err := c.call(ctx, http.MethodGet, "/v1/table", nil, &out)
	return out, err
}

// Status says which edge answers and where it listens.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var out Status
	err := c.call(ctx, http.MethodGet, "/v1/status", nil, &out)
	return out, err
}

// Stats are the measurements of each release.
func (c *Client) Stats(ctx context.Context) ([]ReleaseStats, error) {
	var out []ReleaseStats
	err := c.call(ctx, http.MethodGet, "/v1/stats", nil, &out)
	return out, err
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	for {
		err := c.once(ctx, method, path, body, out)
		var e *Error
		if err == nil {
			return nil
		}
		if !errors.As(err, &e) || e.Code != CodeHandingOver {
			return fmt.Errorf("edge (%s %s): %w", method, path, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("edge (%s %s): %w while one edge takes over from another", method, path, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://edge"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("no edge answers on %s: %w", c.socket, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		e := &Error{Status: resp.StatusCode}
		if json.Unmarshal(b, e) != nil || e.Message == "" {
			e.Message = fmt.Sprintf("status %d", resp.StatusCode)
		}
		return e
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}
