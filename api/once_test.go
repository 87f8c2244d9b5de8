package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

func TestFiftyIdenticalDeploymentsAreOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	up := h.owner.upload("x")
	path, body := "/services/"+e.service.ID+"/deployments", map[string]any{"upload_id": up.ID}
	before := h.head()
	keyed := h.owner.with("Idempotency-Key", "push-42")
	ids := make([]string, 50)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			var d projections.Deployment
			if r := keyed.post(path, body); r.StatusCode == http.StatusAccepted {
				r.into(&d)
			} else {
				t.Errorf("%d: %s", r.StatusCode, r.body)
			}
			ids[i] = d.ID
		})
	}
	wg.Wait()
	for _, got := range ids {
		require.Equal(t, ids[0], got)
	}
	require.Equal(t, before+1, h.head(), "one event")

	keyed.post(path, map[string]any{"upload_id": up.ID, "commit": map[string]string{"sha": "other"}}).problem(422, "invalid", "key_reused")
	require.Equal(t, before+1, h.head())
	var other projections.Deployment
	h.owner.with("Idempotency-Key", "push-43").post(path, body).want(202).into(&other)
	require.NotEqual(t, ids[0], other.ID)
	h.owner.post(path, body).want(202).into(&other)
	require.Equal(t, before+3, h.head(), "another key, or none, is another deployment")
}

func TestARepeatedCreationIsAnsweredByTheFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	keyed := h.owner.with("Idempotency-Key", "k")
	var p, again projections.Project
	keyed.post("/projects", map[string]any{"slug": "shop"}).want(201).into(&p)
	at := h.head()
	keyed.post("/projects", map[string]any{"slug": "shop"}).want(201).into(&again)
	require.Equal(t, p, again)
	keyed.post("/projects", map[string]any{"slug": "blog"}).problem(422, "invalid", "key_reused")
	require.Equal(t, at, h.head())

	var s api.NewServer
	keyed.post("/servers", map[string]any{"name": "one"}).want(201).into(&s)
	keyed.post("/servers", map[string]any{"name": "one"}).problem(409, "conflict", "shown_once")
	keyed.post("/tokens", map[string]any{"name": "one"}).want(201)
	keyed.post("/tokens", map[string]any{"name": "one"}).problem(409, "conflict", "shown_once")

	var svc, svcAgain projections.Service
	body := map[string]any{"project_id": p.ID, "slug": "web", "config": map[string]any{"domains": []string{"shop.example.com"}}}
	keyed.post("/services", body).want(201).into(&svc)
	keyed.post("/services", body).want(201).into(&svcAgain)
	require.Equal(t, svc, svcAgain)
	require.Equal(t, service.On(s.ID), svc.Placement, "the only server is the default")
}

func TestNamesAreHeldAndFreed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	service := func(c *client, slug string, domains ...string) *reply {
		return c.post("/services", map[string]any{"project_id": e.project.ID, "slug": slug, "config": map[string]any{"domains": domains}})
	}
	service(h.owner, "web").problem(409, "conflict", "name_taken")
	var api1 projections.Service
	service(h.owner, "api", "a.example.com", "b.example.com").want(201).into(&api1)

	t.Run("a refused service gives back what it had taken", func(t *testing.T) {
		service(h.owner, "third", "c.example.com", "a.example.com").problem(409, "conflict", "name_taken")
		service(h.owner, "third", "c.example.com").want(201)
	})
	t.Run("settings take and free hosts", func(t *testing.T) {
		config := func(svc string, domains ...string) *reply {
			return h.owner.do("PUT", "/services/"+svc+"/config", map[string]any{"domains": domains})
		}
		taken := config(e.service.ID, "a.example.com").problem(409, "conflict", "name_taken")
		require.Contains(t, taken.Detail, "is taken by service shop/api: remove it there first")
		config(api1.ID, "b.example.com", "d.example.com").want(200)
		config(e.service.ID, "a.example.com").want(200)
		config(api1.ID, "a.example.com").problem(409, "conflict", "name_taken")
		config(api1.ID, "b.example.com", "d.example.com", "bad host").problem(422, "invalid", "bad_host")
		config(e.service.ID, "a.example.com", "web-shop.localhost").want(200) // its own generated name, once more
		config(e.service.ID).want(200)
		var kept projections.Service
		config(e.service.ID, "GRÜN.Example", "shop.example.com.").want(200).into(&kept)
		require.Equal(t, []string{"xn--grn-ioa.example", "shop.example.com"}, kept.Config.Domains)
	})
	t.Run("another organization cannot take them, but has names of its own", func(t *testing.T) {
		stranger := h.stranger()
		theirs := stranger.estate("shop")
		require.Regexp(t, `^web-shop-[0-9a-f]{8}\.localhost$`, theirs.service.Host)
		put := stranger.do("PUT", "/services/"+theirs.service.ID+"/config", map[string]any{"domains": []string{"d.example.com"}})
		require.Contains(t, put.problem(409, "conflict", "name_taken").Detail, "by a service of another organization")
	})
	t.Run("what is deleted frees its names", func(t *testing.T) {
		h.owner.do("DELETE", "/services/"+api1.ID, nil).want(204)
		h.owner.get("/services/"+api1.ID).problem(404, "not_found", "")
		service(h.owner, "api", "d.example.com").want(201).into(&api1)
		require.Equal(t, "api-shop.localhost", api1.Host)
		var p projections.Project
		h.owner.post("/projects", map[string]any{"slug": "gone"}).want(201).into(&p)
		h.owner.do("DELETE", "/projects/"+p.ID, nil).want(204)
		h.owner.post("/projects", map[string]any{"slug": "gone"}).want(201)
		var s api.NewServer
		h.owner.post("/servers", map[string]any{"name": "gone"}).want(201).into(&s)
		h.owner.do("DELETE", "/servers/"+s.ID, nil).want(204)
		h.owner.post("/servers", map[string]any{"name": "gone"}).want(201)
	})
}

func TestAnOrphanedNameIsTakenOver(t *testing.T) {
	t.Parallel()
	clock := newClock()
	h := newHouse(t, func(o *api.Options) { o.Now = clock.now })
	ctx := context.Background()
	reserve := func(kind reservation.Kind, name, owner string) {
		cmd := eventstore.Command{ID: id.New(id.Command), Organization: h.org, Actor: domain.System("crashed")}
		_, err := eventstore.Execute(ctx, h.log, reservation.Stream(kind, name), cmd, func(r *reservation.Reservation) ([]domain.Event, error) {
			return r.Reserve(kind, name, owner)
		})
		require.NoError(t, err)
	}
	e := h.owner.estate("shop")
	reserve(reservation.ProjectSlug, h.org+"/lost", id.New(id.Project)) // its project was never written
	reserve(reservation.Host, "lost.example.com", e.service.ID)         // its service does not use it

	lost := func() *reply { return h.owner.post("/projects", map[string]any{"slug": "lost"}) }
	lost().problem(409, "conflict", "name_taken") // it may be just about to be written
	clock.advance(api.OrphanAge)
	lost().want(201)
	lost().problem(409, "conflict", "name_taken")
	h.owner.post("/services", map[string]any{"project_id": e.project.ID, "slug": "two", "config": map[string]any{"domains": []string{"lost.example.com"}}}).want(201)
	h.owner.post("/projects", map[string]any{"slug": "shop"}).problem(409, "conflict", "name_taken")
}

func TestSettingsAreVersioned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	path := "/services/" + e.service.ID
	require.Equal(t, `"1"`, h.owner.get(path).want(200).Header.Get("ETag"))
	put := func(c *client, port int) *reply {
		return c.do("PUT", path+"/config", map[string]any{"run": map[string]any{"port": port}})
	}
	var s projections.Service
	r := put(h.owner.with("If-Match", `"1"`), 3000).want(200).into(&s)
	require.Equal(t, `"2"`, r.Header.Get("ETag"))
	require.Equal(t, 3000, s.Config.Run.Port)
	at := h.head()
	put(h.owner.with("If-Match", `"1"`), 4000).problem(412, "stale", "stale_version")
	put(h.owner.with("If-Match", `soon`), 4000).problem(422, "invalid", "bad_if_match")
	require.Equal(t, at, h.head())
	require.Equal(t, `"3"`, put(h.owner.with("If-Match", `*`), 5000).want(200).Header.Get("ETag"))
	require.Equal(t, `"4"`, put(h.owner, 6000).want(200).Header.Get("ETag"))
}

func TestVariables(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := context.Background()
	e := h.owner.estate("shop")
	const value = "s3cr3t-value-of-nobody"
	path := "/services/" + e.service.ID + "/env"
	var v api.EnvironmentVersion
	h.owner.do("PATCH", path, map[string]any{"set": map[string]string{"KEY": value, "B": value}}).want(200).into(&v)
	require.Equal(t, 1, v.Version)
	h.owner.do("PATCH", path, map[string]any{"unset": []string{"B", "C"}}).want(200).into(&v)
	require.Equal(t, 2, v.Version)
	r := h.owner.do("PATCH", path, map[string]any{"unset": []string{"C"}}).want(200).into(&v)
	require.Equal(t, 2, v.Version, "nothing changed")
	var env api.Environment
	h.owner.with("Syntra-Position", r.Header.Get("Syntra-Position")).get(path).want(200).into(&env)
	require.Len(t, env.Items, 1)
	require.Equal(t, "KEY", env.Items[0].Name)

	got, err := h.vault.Get(ctx, h.org, e.service.ID, map[string]secret.Ref{"KEY": secret.NewRef("KEY", 1)})
	require.NoError(t, err)
	require.Equal(t, value, got["KEY"])

	t.Run("values are kept byte for byte", func(t *testing.T) {
		for name, value := range map[string]string{"EMPTY": "", "LINES": "one\ntwo\n", "SPACE": "  \t", "WIDE": "ü€😀", "QUOTES": `'"$` + "`"} {
			h.owner.do("PATCH", path, map[string]any{"set": map[string]string{name: value}}).want(200).into(&v)
			ref := secret.NewRef(name, v.Version)
			got, err := h.vault.Get(ctx, h.org, e.service.ID, map[string]secret.Ref{name: ref})
			require.NoError(t, err)
			require.Equal(t, map[string]string{name: value}, got)
		}
		h.owner.do("PATCH", path, map[string]any{"set": map[string]string{"NUL": "a\x00b"}}).problem(422, "invalid", "bad_value")
	})
	t.Run("many writers: each version holds its own writer's value", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				r := h.owner.do("PATCH", path, map[string]any{"set": map[string]string{"RACE": strings.Repeat("v", i+1)}})
				if r.StatusCode != http.StatusOK {
					t.Errorf("%s", r.body)
				}
			})
		}
		wg.Wait()
		seen := map[string]bool{}
		for version := v.Version + 1; version <= v.Version+12; version++ {
			got, err := h.vault.Get(ctx, h.org, e.service.ID, map[string]secret.Ref{"RACE": secret.NewRef("RACE", version)})
			require.NoError(t, err)
			seen[got["RACE"]] = true
		}
		require.Len(t, seen, 12)
	})
	t.Run("bad requests do not repeat values", func(t *testing.T) {
		for _, body := range []string{
			`{"set":{"KEY":["` + value + `"]}}`, `{"set":"` + value + `"}`, `{"set":{"KEY":"` + value + `"`, value, `{"` + value + `":1}`,
			`{"unset":"` + value + `"}`, `{"set":{"PORT":"` + value + `"}}`, `{"set":{"KEY":"` + value + `"},"x":"` + value + `"}`,
		} {
			r := h.owner.do("PATCH", path, []byte(body))
			require.GreaterOrEqual(t, r.StatusCode, 400)
			if !strings.Contains(body, `{"`+value) { // a field's name is told
				require.NotContains(t, string(r.body), value, body)
			}
		}
	})
	t.Run("the value is nowhere but encrypted", func(t *testing.T) {
		require.NotContains(t, h.printed.String(), value)
		require.NotContains(t, h.dump(), value)
	})
}

// dump is every row of every table as text, past row-level security.
func (h *house) dump() string {
	h.Helper()
	ctx := context.Background()
	tx, err := h.pool.Begin(ctx)
	require.NoError(h, err)
	defer tx.Rollback(ctx)
	_, err = tx.Exec(ctx, `SELECT set_config('syntra.org_id', $1, true), set_config('syntra.projector', 'on', true), set_config('syntra.vault_rotation', 'on', true), set_config('syntra.api_sweep', 'on', true)`, h.org)
	require.NoError(h, err)
	var all strings.Builder
	rows, err := tx.Query(ctx, `SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	require.NoError(h, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(h, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(h, rows.Err())
	require.Contains(h, tables, "public.es_event")
	require.Contains(h, tables, "public.vault_secret")
	for _, name := range tables {
		var text *string
		require.NoError(h, tx.QueryRow(ctx, `SELECT string_agg(t::text || encode(convert_to(t::text, 'UTF8'), 'escape'), E'\n') FROM `+name+` t`).Scan(&text))
		if text != nil {
			all.WriteString(*text)
		}
	}
	return all.String()
}

func TestOfManyWhoWantANameOneGetsIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var wg sync.WaitGroup
	made := make([]int, 10)
	for i := range made {
		wg.Go(func() { made[i] = h.owner.post("/projects", map[string]any{"slug": "one"}).StatusCode })
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range made {
		count[status]++
	}
	require.Equal(t, map[int]int{201: 1, 409: 9}, count)
	var all api.Page[projections.Project]
	h.owner.get("/projects").want(200).into(&all)
	require.Len(t, all.Items, 1)
}
