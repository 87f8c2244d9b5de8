// Package syntra is the Go client of Syntra's API. The calls in client.gen.go are generated from the API's OpenAPI
// document; this package adds what a document cannot say: reading one's own writes, safe retries, and live streams.
//
// It is what the command line syn is made of.
package syntra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// API is a connection to one Syntra. It is safe for concurrent use.
type API struct {
	*ClientWithResponses
	base      string
	token     string
	http      *http.Client
	positions *positions
}

// New connects to the Syntra at base, such as https://syntra.example.com, with an API token. It asks nothing yet.
func New(base, token string) (*API, error) {
	base = strings.TrimRight(base, "/")
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return nil, fmt.Errorf("the URL %q is not one: give it with http:// or https://", base)
	}
	a := &API{base: base, token: token, positions: &positions{next: http.DefaultTransport}}
	a.http = &http.Client{Transport: &retries{next: a.positions}}
	generated, err := NewClientWithResponses(base, WithHTTPClient(a.http), WithRequestEditorFn(a.authorize))
	if err != nil {
		return nil, err
	}
	a.ClientWithResponses = generated
	return a, nil
}

// Base is the URL it was made with.
func (a *API) Base() string { return a.base }

func (a *API) authorize(_ context.Context, req *http.Request) error {
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	return nil
}

// Error is a refusal (RFC 9457): what failed, on which thing, what to do.
type Error struct {
	Status    int    `json:"status"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Reason    string `json:"reason"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
	// RetryAfter is how long a 429 or 503 asks to wait.
	RetryAfter time.Duration `json:"-"`
}

func (p *Error) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		if !strings.Contains(text, e.Message) {
			text += fmt.Sprintf("\n  %s: %s", e.Location, e.Message)
		}
	}
	return text
}

// Check turns an answer into an error unless it is a success.
func Check(res *http.Response, body []byte, err error) error {
	if err != nil {
		return err
	}
	if res.StatusCode < 400 {
		return nil
	}
	p := &Error{Status: res.StatusCode}
	if json.Unmarshal(body, p) != nil || (p.Detail == "" && p.Title == "") {
		p.Detail = fmt.Sprintf("%s answered %s, not as Syntra does: is the URL right?", res.Request.URL.Host, res.Status)
	}
	p.Status = res.StatusCode
	return p
}

// StatusOf returns the HTTP status of the Error in err's chain, or 0.
func StatusOf(err error) int {
	var p *Error
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

// get sends a plain GET for the streams.
func (a *API) get(ctx context.Context, path string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/api/v1"+path, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if err := a.authorize(ctx, req); err != nil {
		return nil, err
	}
	res, err := a.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 400 {
		defer res.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return nil, Check(res, body, nil)
	}
	return res, nil
}

// Read decodes the answer of a generated call: syntra.Read[syntra.Service](api.GetService(ctx, id, nil)). A refusal is an *Error.
func Read[T any](res *http.Response, err error) (T, error) {
	var v T
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err := Check(res, body, err); err != nil {
		return v, err
	}
	if len(body) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("read the answer of %s: %w", res.Request.URL.Path, err)
	}
	return v, nil
}
