package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

type events = []domain.Event

// newcomer is a person who came by an invitation, with the session that began with it.
type newcomer struct {
	*client
	id string
}

func (n newcomer) user() string { return n.id }

// token makes an API token of the newcomer's.
func (n newcomer) token(name string) *client {
	n.h.Helper()
	var made api.NewToken
	n.post("/tokens", map[string]any{"name": name}).want(201).into(&made)
	return n.h.client(made.Secret)
}

func (h *house) invite(email string, role organization.Role) api.NewInvitation {
	h.Helper()
	var i api.NewInvitation
	h.owner.post("/organization/invitations", map[string]any{"email": email, "role": role}).want(201).into(&i)
	return i
}

// token is the last part of an invitation's link.
func token(i api.NewInvitation) string { return i.Link[strings.LastIndex(i.Link, "/")+1:] }

func (h *house) newcomer(email string, role organization.Role) newcomer {
	h.Helper()
	r := h.client("").post("/invitations/"+token(h.invite(email, role))+"/register",
		map[string]any{"name": "New", "password": password}).want(200)
	c := h.browser(r.Cookies()[0])
	var me api.Me
	c.get("/me").want(200).into(&me)
	return newcomer{c, me.User.ID}
}

func TestAnInvitationMakesAnAccountAndAMember(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	var i api.NewInvitation
	h.owner.post("/organization/invitations", map[string]any{
		"email": " Bob@Example.com", "role": "guest", "projects": map[string]string{e.project.ID: "developer"},
	}).want(201).into(&i)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/join/syi_[0-9a-z]{52}$`, i.Link)
	require.Equal(t, "bob@example.com", i.Email)
	require.Equal(t, h.user, i.InvitedBy.ID)
	require.NotContains(t, h.dump(), token(i), "kept as a hash only")
	var open api.Page[api.Invitation]
	h.owner.get("/organization/invitations").want(200).into(&open)
	require.Len(t, open.Items, 1)
	require.Equal(t, i.ID, open.Items[0].ID)
	require.Equal(t, "bob@example.com", open.Items[0].Email)

	var offer api.Offer
	path := "/invitations/" + token(i)
	h.client("").get(path).want(200).into(&offer)
	require.Equal(t, api.Offer{
		Organization: api.Org{ID: h.org, Slug: "acme", Name: "Acme"}, Role: organization.Guest, InvitedBy: "Ada", Email: "bob@example.com",
		Projects: []api.OfferedProject{{Name: "shop", Role: organization.Developer}}, ExpiresAt: offer.ExpiresAt,
	}, offer)
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), offer.ExpiresAt, time.Minute)

	h.client("").post(path+"/register", map[string]any{"name": "Bob", "password": "short"}).problem(422, "invalid", "bad_password")
	var joined api.Joined
	r := h.client("").post(path+"/register", map[string]any{"name": "Bob", "password": password, "token_name": "laptop"}).want(200).into(&joined)
	require.Equal(t, organization.Guest, joined.Role)
	for _, bob := range []*client{h.browser(r.Cookies()[0]), h.client(joined.Token)} {
		bob.get("/services/" + e.service.ID).want(200)
		bob.get("/servers").problem(403, "forbidden", "role")
	}
	h.owner.get("/organization/invitations").want(200).into(&open)
	require.Empty(t, open.Items)

	t.Run("once", func(t *testing.T) {
		h.client("").get(path).problem(404, "not_found", "invitation_ended")
		h.owner.post(path+"/accept", map[string]any{}).problem(404, "not_found", "invitation_ended")
		again := h.client("").post(path+"/register", map[string]any{"password": password}).want(200)
		h.browser(again.Cookies()[0]).get("/me").want(200) // the same person, whose answer was lost
		h.client("").post(path+"/register", map[string]any{"password": "not the password"}).problem(401, "unauthorized", "bad_login")
	})
	t.Run("without a name or an e-mail in the log", func(t *testing.T) {
		recorded, _, err := h.log.ReadAll(t.Context(), eventstore.Cursor{}, eventstore.Filter{}, 1000)
		require.NoError(t, err)
		for _, event := range recorded {
			require.NotContains(t, strings.ToLower(string(event.Data)), "bob")
		}
	})
}

func TestAnInvitationIsAcceptedByWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := h.stranger()
	i := h.invite("eve@example.com", organization.Developer)
	path := "/invitations/" + token(i)
	h.client("").post(path+"/accept", map[string]any{}).problem(401, "unauthorized", "no_credentials")
	h.owner.post(path+"/accept", map[string]any{}).problem(409, "conflict", "member_already")
	var joined api.Joined
	stranger.post(path+"/accept", map[string]any{"token_name": "laptop"}).want(200).into(&joined)
	require.Equal(t, h.org, joined.ID)
	h.client(joined.Token).post("/projects", map[string]any{"slug": "theirs"}).want(201)
	var mine api.Page[api.MyOrganization]
	stranger.get("/organizations").want(200).into(&mine)
	require.Len(t, mine.Items, 2)
	h.owner.post("/organization/invitations", map[string]any{"email": email, "role": "viewer"}).problem(409, "conflict", "member_already")
}

func TestNobodyInvitesAboveTheOwnRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	admin := h.as(organization.Admin)
	invite := func(role string, projects map[string]string) *reply {
		return admin.post("/organization/invitations", map[string]any{"email": "bob@example.com", "role": role, "projects": projects})
	}
	invite("owner", nil).problem(403, "forbidden", "role")
	invite("guest", map[string]string{e.project.ID: "owner"}).problem(403, "forbidden", "role")
	invite("guest", nil).problem(422, "invalid", "no_project")
	invite("guest", map[string]string{"prj_nowhere": "viewer"}).problem(404, "not_found", "")
	invite("god", nil).want(422)
	admin.post("/organization/invitations", map[string]any{"email": "no address", "role": "viewer"}).problem(422, "invalid", "bad_email")
	var open api.Page[api.Invitation]
	admin.get("/organization/invitations").want(200).into(&open)
	require.Empty(t, open.Items)
	invite("admin", nil).want(201)
}

func TestARevokedInvitationOpensNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	i := h.invite("bob@example.com", organization.Viewer)
	h.owner.do("DELETE", "/organization/invitations/"+i.ID, nil).want(204)
	h.client("").get("/invitations/"+token(i)).problem(404, "not_found", "invitation_ended")
	h.client("").post("/invitations/"+token(i)+"/register", map[string]any{"password": password}).problem(404, "not_found", "invitation_ended")
	h.owner.do("DELETE", "/organization/invitations/"+i.ID, nil).problem(404, "not_found", "")
	require.NotContains(t, h.dump(), "bob@example.com", "whom it was for is forgotten")
}

func TestAnInvitationExpiresAndIsForgotten(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var options api.Options
	h := newHouse(t, func(o *api.Options) { o.Now, options = clock.now, *o })
	i := h.invite("bob@example.com", organization.Viewer)
	clock.advance(organization.InvitationLife)
	h.client("").get("/invitations/"+token(i)).problem(404, "not_found", "invitation_ended")

	ctx, stop := context.WithCancel(t.Context())
	options.Now = clock.now
	ended := make(chan error, 1)
	go func() { ended <- api.New(options).Run(ctx) }() // another replica, which sweeps as it starts
	require.Eventually(t, func() bool { return !strings.Contains(h.dump(), "bob@example.com") }, 20*time.Second, 20*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	var trail api.Page[projections.Activity]
	h.owner.with("Syntra-Position", h.head().String()).get("/activity?limit=1").want(200).into(&trail)
	require.Equal(t, "organization.invitation_expired", trail.Items[0].Type)
}

func TestGuessingInvitationsIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 5 {
		h.client("").get("/invitations/syi_guess").problem(404, "not_found", "invitation_ended")
	}
	r := h.client("").get("/invitations/syi_guess")
	r.problem(429, "rate_limited", "")
	require.NotEmpty(t, r.Header.Get("Retry-After"))
}

func TestTheLinkOfAnInvitationIsShownOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	once := h.owner.with("Idempotency-Key", "bob")
	body := map[string]any{"email": "bob@example.com", "role": "viewer"}
	var i api.NewInvitation
	once.post("/organization/invitations", body).want(201).into(&i)
	once.post("/organization/invitations", body).problem(409, "conflict", "shown_once")
	h.client("").get("/invitations/" + token(i)).want(200)
}
