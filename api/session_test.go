package api_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/projections"
)

// login returns the session's cookie.
func (h *house) login() *http.Cookie {
	h.Helper()
	r := h.client("").post("/auth/login", map[string]string{"email": email, "password": password}).want(200)
	require.Len(h, r.Cookies(), 1)
	return r.Cookies()[0]
}

// browser speaks with a cookie, from one of the dashboard's own pages.
func (h *house) browser(c *http.Cookie) *client {
	return h.client("").with("Cookie", c.Name+"="+c.Value).with("Origin", h.url).with("Sec-Fetch-Site", "same-origin")
}

func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.login()
	require.Equal(t, api.SessionCookie, c.Name)
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, c.SameSite)
	require.False(t, c.Secure)
	require.Equal(t, "/", c.Path)
	browser := h.browser(c)
	browser.get("/me").want(200)
	var p projections.Project
	browser.post("/projects", map[string]any{"slug": "mine"}).want(201).into(&p)
	var trail api.Page[projections.Activity]
	browser.get("/activity?limit=1").want(200).into(&trail)
	require.Equal(t, "user "+h.user, trail.Items[0].Actor, "a person acted")

	gone := browser.post("/auth/logout", nil).want(204)
	require.Empty(t, gone.Cookies()[0].Value)
	require.Negative(t, gone.Cookies()[0].MaxAge)
	browser.get("/me").problem(401, "unauthorized", "bad_token")

	h.client("").post("/auth/login", map[string]string{"email": email, "password": "wrong"}).problem(401, "unauthorized", "bad_login")
	h.client("").post("/auth/login", map[string]string{"email": "nobody@example.com", "password": password}).problem(401, "unauthorized", "bad_login")
	require.NotContains(t, h.printed.String(), password)
	require.NotContains(t, h.printed.String(), c.Value)
	require.NotContains(t, h.dump(), c.Value)
}

func TestSecureCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) { o.SecureCookies = true })
	require.True(t, h.login().Secure)
	require.NotEmpty(t, h.owner.get("/me").want(200).Header.Get("Strict-Transport-Security"))
}

func TestGuessingPasswordsIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	guess := func() *reply {
		return h.client("").post("/auth/login", map[string]string{"email": email, "password": "guess"})
	}
	for range 5 {
		guess().problem(401, "unauthorized", "bad_login")
	}
	r := guess()
	r.problem(429, "rate_limited", "")
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, wait)
}

func TestOtherSitesCannotActInTheUsersName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.login()
	bare := h.client("").with("Cookie", c.Name+"="+c.Value)
	write := func(c *client) *reply { return c.post("/auth/logout", nil) }
	for name, from := range map[string]*client{
		"another site":                bare.with("Sec-Fetch-Site", "cross-site").with("Origin", "https://evil.example.com"),
		"a deployed service":          bare.with("Sec-Fetch-Site", "same-site").with("Origin", "http://web-shop.localhost"),
		"another site, old browser":   bare.with("Origin", "https://evil.example.com"),
		"no browser at all":           bare,
		"an origin that is hidden":    bare.with("Origin", "null"),
		"a page of nobody's":          bare.with("Sec-Fetch-Site", "none"),
		"another port of our machine": bare.with("Origin", "http://127.0.0.1:1"),
	} {
		t.Run(name, func(t *testing.T) {
			write(from.in(t)).problem(403, "forbidden", "cross_site")
			from.in(t).get("/me").want(200) // reading is harmless: the other site cannot see the answer
		})
	}
	h.client("").with("Sec-Fetch-Site", "cross-site").post("/auth/login", map[string]string{"email": email, "password": password}).problem(403, "forbidden", "cross_site")
	t.Run("an old browser on our own page", func(t *testing.T) { write(bare.in(t).with("Origin", h.url)).want(204) })
	t.Run("a token is no cookie", func(t *testing.T) {
		h.owner.in(t).with("Sec-Fetch-Site", "cross-site").post("/projects", map[string]any{"slug": "fine"}).want(201)
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	clock := newClock()
	h := newHouse(t, func(o *api.Options) { o.Now = clock.now })
	var made api.NewToken
	h.owner.post("/tokens", map[string]any{"name": "ci", "role": "developer", "expires_in_days": 2}).want(201).into(&made)
	require.Regexp(t, `^syn_[0-9a-hjkmnp-tv-z]{52}$`, made.Secret)
	require.Equal(t, made.Secret[:10], made.Prefix)
	require.NotContains(t, h.dump(), made.Secret)

	ci := h.client(made.Secret)
	ci.post("/projects", map[string]any{"slug": "one"}).want(201)
	ci.post("/tokens", map[string]any{"name": "more", "role": "owner"}).problem(403, "forbidden", "role")
	var weaker api.NewToken
	ci.post("/tokens", map[string]any{"name": "same"}).want(201).into(&weaker)
	require.Equal(t, "developer", weaker.Role)
	var list api.Page[projections.Token]
	ci.get("/tokens").want(200).into(&list)
	require.Len(t, list.Items, 3)

	ci.do("DELETE", "/tokens/"+weaker.ID, nil).want(204)
	h.client(weaker.Secret).get("/me").problem(401, "unauthorized", "bad_token")
	ci.do("DELETE", "/tokens/"+weaker.ID, nil).problem(404, "not_found", "")
	clock.advance(49 * time.Hour)
	ci.get("/me").problem(401, "unauthorized", "expired")
	h.owner.get("/me").want(200)
}

func TestATokenMayNotAskTooOften(t *testing.T) {
	t.Parallel()
	clock := newClock()
	h := newHouse(t, func(o *api.Options) { o.RequestsPerSecond, o.Burst, o.Now = 0.001, 3, clock.now })
	for range 3 {
		h.owner.get("/me").want(200)
	}
	r := h.owner.get("/me")
	r.problem(429, "rate_limited", "")
	require.NotEmpty(t, r.Header.Get("Retry-After"))
	clock.advance(2000 * time.Second)
	h.owner.get("/me").want(200)
}

func TestAChangedPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	here, elsewhere := h.browser(h.login()), h.browser(h.login())
	change := func(current, next string) *reply {
		return here.post("/auth/password", map[string]string{"current": current, "new": next})
	}
	const next = "a longer horse and a better battery"

	change("not it", next).problem(403, "forbidden", "wrong_password")
	for range 6 { // a mistake, not a guess
		change(password, "short").problem(422, "invalid", "bad_password")
	}
	elsewhere.get("/me").want(200)

	change(password, next).want(204)

	here.get("/me").want(200)
	elsewhere.get("/me").problem(401, "unauthorized", "bad_token")
	h.owner.get("/me").want(200)     // an API token
	change(password, next).want(204) // sent again
	h.client("").post("/auth/login", map[string]string{"email": email, "password": password}).problem(401, "unauthorized", "bad_login")
	h.client("").post("/auth/login", map[string]string{"email": email, "password": next}).want(200)
	var trail api.Page[projections.Activity]
	here.get("/activity?limit=20").want(200).into(&trail)
	require.True(t, slices.ContainsFunc(trail.Items, func(a projections.Activity) bool { return a.Summary == "The password of Ada was changed." }))
	require.NotContains(t, h.dump(), next)
	require.NotContains(t, h.printed.String(), next)
}

func TestOnlyATrustedProxyTellsWhoGuesses(t *testing.T) {
	t.Parallel()
	guess := func(h *house, from string) *reply {
		return h.client("").with("X-Forwarded-For", from).post("/auth/login", map[string]string{"email": from + "@example.com", "password": "guess"})
	}
	exhaust := func(h *house) { // one address may guess for a few people, then it is slow
		for n := range 100 {
			if guess(h, "10.1.1.1").StatusCode == http.StatusTooManyRequests {
				require.Positive(h, n)
				return
			}
		}
		h.Fatal("nobody was slowed down")
	}
	trusted := newHouse(t, func(o *api.Options) { o.TrustedProxies = []string{"127.0.0.1"} })
	exhaust(trusted)
	guess(trusted, "10.1.1.2").problem(401, "unauthorized", "bad_login")
}
