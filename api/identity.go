package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
)

// SessionCookie holds a browser's session token.
const SessionCookie = "syntra_session"

// Identity is who asks.
type Identity struct {
	Organization string
	UserID       string
	TokenID      string
	// Role in the organization, and Projects in single projects by id: as far as the token reaches.
	Role     organization.Role
	Projects map[string]organization.Role
	Kind     user.TokenKind
	// Cookie is true where the token came with a cookie, which browsers send without being asked.
	Cookie bool

	hash string
}

// Actor is how events name this identity: a person in a browser, or a token of theirs.
func (i Identity) Actor() domain.Actor {
	if i.Kind == user.Session {
		return domain.Actor{Kind: domain.ActorUser, ID: i.UserID}
	}
	return domain.Actor{Kind: domain.ActorToken, ID: i.TokenID, OnBehalfOf: i.UserID}
}

// principal is this identity for decisions about what it may do.
func (i Identity) principal() access.Principal {
	return access.Principal{Organization: i.Organization, Role: i.Role, Projects: i.Projects}
}

func identityOf(ctx context.Context) Identity { return requestOf(ctx).who }

// authenticate finds out who asks. A header that is present but wrong is refused, even where a good cookie is there.
func (a *API) authenticate(r *http.Request) (Identity, error) {
	token, cookie := "", false
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, rest, ok := strings.Cut(h, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return Identity{}, refuse("bad_scheme", "send \"Authorization: Bearer syn_…\"")
		}
		token = strings.TrimSpace(rest)
	} else if c, err := r.Cookie(SessionCookie); err == nil {
		token, cookie = c.Value, true
	}
	if token == "" {
		return Identity{}, refuse("no_credentials", "log in, or send an API token as \"Authorization: Bearer syn_…\"")
	}
	if !account.WellFormed(account.APIPrefix, token) {
		return Identity{}, refuse("bad_token", "the token is not one of Syntra's: copy it whole, it starts with syn_")
	}
	hash := account.Hash(token)
	t, err := a.Queries.TokenByHash(r.Context(), hash)
	if err != nil {
		return Identity{}, err
	}
	if !t.ExpiresAt.IsZero() && !a.now().Before(t.ExpiresAt) {
		return Identity{}, refuse("expired", "the token expired on "+t.ExpiresAt.UTC().Format(time.DateOnly)+": log in again, or make a new one")
	}
	return Identity{
		Organization: t.Organization, UserID: t.UserID, TokenID: t.TokenID, Role: t.Role, Projects: t.Projects, Kind: t.Kind, Cookie: cookie, hash: hash,
	}, nil
}

func refuse(reason, message string) error {
	return domain.Errorf(domain.Unauthorized, "%s", message).WithReason(reason)
}

// sameOrigin refuses what another site's page sent in the user's name. Browsers say where a request comes from; a
// request with a cookie that says nothing is no browser of this age, and is refused too.
func sameOrigin(r *http.Request) error {
	no := domain.Errorf(domain.Forbidden, "this request came from another site: open Syntra's own pages, or use an API token").WithReason("cross_site")
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin":
		return nil
	case "":
	default: // cross-site, same-site (a neighbour's subdomain, such as a deployed service), none
		return no
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" || !strings.EqualFold(origin.Host, r.Host) {
		return no
	}
	return nil
}

// safe methods change nothing.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
