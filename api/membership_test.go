package api_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// interleaved is a real store that lets a test act just before an append to a stream, once.
type interleaved struct {
	eventstore.Store
	hook atomic.Pointer[hook]
}

type hook struct {
	prefix string // of the stream
	act    func() error
}

func (s *interleaved) before(prefix string, act func() error) { s.hook.Store(&hook{prefix, act}) }

func (s *interleaved) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.NewEvent,
) (eventstore.Appended, error) {
	if h := s.hook.Load(); h != nil && strings.HasPrefix(stream, h.prefix) && s.hook.CompareAndSwap(h, nil) {
		if err := h.act(); err != nil {
			return eventstore.Appended{}, err
		}
	}
	return s.Store.Append(ctx, stream, expected, events...)
}

// newInterleavedHouse is a house whose API appends through an interleaved store.
func newInterleavedHouse(t *testing.T) (*house, *interleaved, *clock) {
	s, c := &interleaved{}, newClock()
	h := newHouse(t, func(o *api.Options) {
		s.Store = o.Log.Store
		o.Log = &eventstore.Log{Store: s, Codec: o.Log.Codec}
		o.Now = c.now
	})
	return h, s, c
}

// parents are the two things that a service needs, and how each is deleted.
var parents = map[string]func(e estate) (path, reason string){
	"project": func(e estate) (string, string) { return "/projects/" + e.project.ID, "project_not_empty" },
	"server":  func(e estate) (string, string) { return "/servers/" + e.server.ID, "server_in_use" },
}

// land is an estate without its service.
func (c *client) land(slug string) estate {
	c.h.Helper()
	e := c.estate(slug)
	c.do("DELETE", "/services/"+e.service.ID, nil).want(204)
	return e
}

func (e estate) body() map[string]any {
	return map[string]any{"project_id": e.project.ID, "server_id": e.server.ID, "slug": "web"}
}

func TestAParentIsNotDeletedUnderACreation(t *testing.T) {
	t.Parallel()
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, store, _ := newInterleavedHouse(t)
			e := h.owner.land("shop")
			path, reason := parent(e)

			var deleted *reply
			store.before("service-", func() error {
				deleted = h.owner.do("DELETE", path, nil)
				return nil
			})
			h.owner.post("/services", e.body()).want(201).into(&e.service)
			deleted.problem(409, "conflict", "service_in_creation")
			h.owner.do("DELETE", path, nil).problem(409, "conflict", reason)
			h.owner.do("DELETE", "/services/"+e.service.ID, nil).want(204)
			h.owner.do("DELETE", path, nil).want(204)
		})
	}
}

func TestNoServiceIsCreatedInADeletedParent(t *testing.T) {
	t.Parallel()
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, store, _ := newInterleavedHouse(t)
			e := h.owner.land("shop")
			path, _ := parent(e)

			var deleted *reply
			store.before(name+"-", func() error { // its membership: all checks are behind it
				deleted = h.owner.do("DELETE", path, nil)
				return nil
			})
			h.owner.post("/services", e.body()).problem(404, "not_found", "")
			deleted.want(204)
			var all api.Page[projections.Service]
			h.owner.get("/services").want(200).into(&all)
			require.Empty(t, all.Items)
		})
	}
}

// A delete that has seen no member must not win against one that joins before its append.
func TestADeletionThatComesSecondIsRefused(t *testing.T) {
	t.Parallel()
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, store, _ := newInterleavedHouse(t)
			e := h.owner.land("shop")
			path, reason := parent(e)

			store.before(name+"-", func() error {
				h.owner.post("/services", e.body()).want(201)
				return nil
			})
			h.owner.do("DELETE", path, nil).problem(409, "conflict", reason)
		})
	}
}

func TestOfACreationAndADeletionAtOnceExactlyOneWins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, parent := range parents {
		for round := range 15 {
			e := h.owner.land(name + "-" + strconv.Itoa(round))
			path, _ := parent(e)
			var created, deleted *reply
			var wg sync.WaitGroup
			wg.Go(func() { created = h.owner.post("/services", e.body()) })
			wg.Go(func() { deleted = h.owner.do("DELETE", path, nil) })
			wg.Wait()
			both := [2]int{created.StatusCode, deleted.StatusCode}
			require.Contains(t, [][2]int{{201, 409}, {404, 204}}, both, "%s %s", created.body, deleted.body)
		}
	}
}

func TestAMembershipWithoutAServiceIsAdoptedOrExpires(t *testing.T) {
	t.Parallel()
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, store, clock := newInterleavedHouse(t)
			e := h.owner.land("shop")
			path, _ := parent(e)
			die := func() error { return errors.New("the platform stops here") }

			store.before("service-", die)
			first := h.owner.with("Idempotency-Key", "first")
			first.post("/services", e.body()).want(500)
			h.owner.do("DELETE", path, nil).problem(409, "conflict", "service_in_creation")
			first.post("/services", e.body()).want(201).into(&e.service)
			h.owner.do("DELETE", "/services/"+e.service.ID, nil).want(204)

			store.before("service-", die)
			h.owner.post("/services", e.body()).want(500)
			clock.advance(api.OrphanAge)
			h.owner.do("DELETE", path, nil).want(204)
		})
	}
}

func TestACreationThatTakesTooLongIsRefused(t *testing.T) {
	t.Parallel()
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, store, clock := newInterleavedHouse(t)
			e := h.owner.land("shop")
			path, _ := parent(e)

			var deleted *reply
			store.before("service-", func() error {
				clock.advance(api.OrphanAge)
				deleted = h.owner.do("DELETE", path, nil)
				return nil
			})
			slow := h.owner.with("Idempotency-Key", "slow")
			slow.post("/services", e.body()).problem(409, "conflict", "abandoned")
			require.Equal(t, http.StatusNoContent, deleted.StatusCode, "%s", deleted.body)
			slow.post("/services", e.body()).problem(409, "conflict", "abandoned")
		})
	}
}
