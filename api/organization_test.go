package api_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain/organization"
)

func TestAPersonMakesAnotherOrganization(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	var made, again api.Joined
	once := h.owner.with("Idempotency-Key", "beta")
	once.post("/organizations", map[string]any{"slug": "beta", "name": "Beta", "token_name": "laptop"}).want(201).into(&made)
	require.Equal(t, "Beta", made.Name)
	require.Equal(t, organization.Owner, made.Role)
	once.post("/organizations", map[string]any{"slug": "beta", "name": "Beta"}).problem(422, "invalid", "key_reused")
	h.owner.post("/organizations", map[string]any{"slug": "beta"}).problem(409, "conflict", "name_taken")
	h.owner.post("/organizations", map[string]any{"slug": "Not a slug"}).problem(422, "invalid", "bad_slug")
	twice := h.owner.with("Idempotency-Key", "gamma")
	for range 2 {
		twice.post("/organizations", map[string]any{"slug": "gamma"}).want(201).into(&again)
	}
	require.Equal(t, "gamma", again.Name)

	there := h.client(made.Token)
	var me api.Me
	there.get("/me").want(200).into(&me)
	require.Equal(t, api.Org{ID: made.ID, Slug: "beta", Name: "Beta"}, me.Organization)
	there.get("/projects/"+e.project.ID).problem(404, "not_found", "")
	there.post("/projects", map[string]any{"slug": "shop"}).want(201)
	h.owner.get("/me").want(200).into(&me)
	require.Equal(t, h.org, me.Organization.ID, "what asks stays where it is")
	var mine api.Page[api.MyOrganization]
	h.owner.get("/organizations").want(200).into(&mine)
	require.Len(t, mine.Items, 3)

	there.do("PATCH", "/organization", map[string]any{"name": "Beta Inc."}).want(200)
	h.owner.get("/organizations").want(200).into(&mine)
	require.Equal(t, []string{"Acme", "Beta Inc.", "gamma"}, []string{mine.Items[0].Name, mine.Items[1].Name, mine.Items[2].Name})
}

func TestTheSlugOfAnOrganizationThatNeverCameToBeIsFreeAgain(t *testing.T) {
	t.Parallel()
	h, store, clock := newInterleavedHouse(t)
	store.before("organization-", func() error { return context.DeadlineExceeded })
	h.owner.post("/organizations", map[string]any{"slug": "beta"}).want(500)
	clock.advance(api.OrphanAge)
	h.owner.post("/organizations", map[string]any{"slug": "beta"}).want(201)
}

func TestOneOfManyGetsASlug(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	codes := make([]int, 8)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			codes[i] = h.owner.post("/organizations", map[string]any{"slug": "beta"}).StatusCode
		})
	}
	all.Wait()
	won := 0
	for _, code := range codes {
		if code == 201 {
			won++
		}
	}
	require.Equal(t, 1, won, "%v", codes)
}

func TestOwnershipIsHandedOverInOneStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bob := h.newcomer("bob@example.com", organization.Developer)
	bob.post("/organization/transfer", map[string]any{"user_id": bob.user()}).problem(403, "forbidden", "role")
	var m api.Member
	h.owner.post("/organization/transfer", map[string]any{"user_id": bob.user()}).want(200).into(&m)
	require.Equal(t, organization.Owner, m.Role)
	var me api.Me
	h.owner.get("/me").want(200).into(&me)
	require.Equal(t, organization.Admin, me.Role)
	h.owner.do("PATCH", "/members/"+bob.user(), map[string]any{"role": "viewer"}).problem(403, "forbidden", "role")
}

func TestWhoLeavesIsInAnotherOrganizationOrNowhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bob := h.newcomer("bob@example.com", organization.Developer)
	h.browser(h.login()).post("/organization/leave", nil).problem(409, "conflict", "last_owner")
	bob.token("ci").post("/organization/leave", nil).problem(409, "conflict", "session_needed")
	bob.post("/organizations", map[string]any{"slug": "bobs"}).want(201)
	r := bob.post("/organization/leave", nil).want(204)
	bob.get("/me").problem(401, "unauthorized", "bad_token")
	next := h.browser(r.Cookies()[0])
	var me api.Me
	next.get("/me").want(200).into(&me)
	require.Equal(t, "bobs", me.Organization.Slug)

	cat := h.newcomer("cat@example.com", organization.Viewer)
	r = cat.post("/organization/leave", nil).want(204)
	require.Negative(t, r.Cookies()[0].MaxAge)
	h.client("").post("/auth/login", map[string]string{"email": "cat@example.com", "password": password}).
		problem(403, "forbidden", "no_organization")
}

func TestRemovingAMemberEndsAllThatTheyHaveThereAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) { o.Breath = time.Hour })
	bob := h.newcomer("bob@example.com", organization.Admin)
	var other api.Joined
	bob.post("/organizations", map[string]any{"slug": "bobs", "token_name": "laptop"}).want(201).into(&other)
	ci := bob.token("ci")
	var link api.NewInvitation
	bob.post("/organization/invitations", map[string]any{"email": "bob2@example.com", "role": "admin"}).want(201).into(&link)
	sockets := []*socket{bob.dial("/stream"), ci.dial("/stream")}

	h.owner.do("DELETE", "/members/"+bob.user(), nil).want(204)
	for _, gone := range []*client{bob.client, ci} {
		gone.get("/me").problem(401, "unauthorized", "bad_token")
	}
	for _, s := range sockets {
		var err error
		for err == nil {
			_, _, err = s.Read(s.ctx)
		}
		require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err), "%v", err)
	}
	h.client(other.Token).get("/me").want(200)
	h.client("").get("/invitations/"+token(link)).problem(404, "not_found", "invitation_ended")

	h.decide(func(o *organization.Organization) (events, error) {
		return o.AddMember(bob.user(), organization.Viewer)
	})
	for _, gone := range []*client{bob.client, ci} {
		gone.get("/me").problem(401, "unauthorized", "bad_token")
	}
}
