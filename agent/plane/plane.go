// Package plane is the way to the control plane: its addresses, and the tokens that it knows this agent by.
package plane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/syntra-dev/syntra/agent/identity"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Plane is one control plane as an agent sees it.
type Plane struct {
	// URL of it, http(s)://host[:port].
	URL string
	// Token is the join token, for when there is no credential yet.
	Token    string
	Version  string
	Identity *identity.Identity
	// HTTP must have no Timeout.
	HTTP *http.Client
}

// ErrGone is a download of what is not there any more.
var ErrGone = errors.New("it is not there any more")

// Address is a URL of the control plane.
func (p *Plane) Address(path string) (string, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("%q is no control plane's URL: use https://host[:port]", p.URL)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	return u.String(), nil
}

// Tokens are those that the control plane may know, the most likely first.
func (p *Plane) Tokens() []string { return p.Identity.Tokens(p.Token) }

// Header is what each request of this agent carries.
func (p *Plane) Header(token string) http.Header {
	return http.Header{
		"Authorization":     {"Bearer " + token},
		wire.InstanceHeader: {p.Identity.Instance()},
		"User-Agent":        {"syntra-agent/" + p.Version},
	}
}

// InTheClear reports whether what is sent to the control plane leaves this machine without TLS.
func (p *Plane) InTheClear() bool {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// Detail reads what a problem document says to a person.
func Detail(res *http.Response) string {
	var problem struct{ Detail string }
	body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10)) // what came is all there is to tell
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
		return problem.Detail
	}
	return strings.TrimSpace(string(body))
}

// Download gets a file of at most limit bytes with whichever token is accepted, and returns its digest. What is not there
// fails with ErrGone.
func (p *Plane) Download(ctx context.Context, path string, to io.Writer, limit int64) (digest string, err error) {
	address, err := p.Address(path)
	if err != nil {
		return "", err
	}
	err = errors.New("the agent has no token")
	for _, token := range p.Tokens() {
		var req *http.Request
		if req, err = http.NewRequestWithContext(ctx, http.MethodGet, address, nil); err != nil {
			return "", err
		}
		req.Header = p.Header(token)
		var res *http.Response
		if res, err = p.HTTP.Do(req); err != nil {
			return "", err
		}
		if res.StatusCode == http.StatusOK {
			defer res.Body.Close()
			sum := sha256.New()
			if _, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(res.Body, limit+1)); err != nil {
				return "", err
			}
			return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
		}
		err = fmt.Errorf("the control plane answered %d: %s", res.StatusCode, Detail(res))
		status := res.StatusCode
		_ = res.Body.Close() // it was read as far as it matters
		switch status {
		case http.StatusUnauthorized:
			continue
		case http.StatusNotFound:
			return "", ErrGone
		}
		return "", err
	}
	return "", err
}
