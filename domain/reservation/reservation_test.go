package reservation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/reservation"
)

func TestReservation(t *testing.T) {
	t.Parallel()
	type (
		R = reservation.Reservation
		E = []domain.Event
	)
	reserved := reservation.Reserved{Kind: reservation.Host, Name: "a.com", Owner: "svc_1"}
	reserve := func(owner string) func(*R) (E, error) {
		return func(r *R) (E, error) { return r.Reserve(reservation.Host, "a.com", owner) }
	}
	release := func(owner string) func(*R) (E, error) { return func(r *R) (E, error) { return r.Release(owner) } }
	Run(t, map[string]Case[R]{
		"a free name is given":         {When: reserve("svc_1"), Then: E{reserved}},
		"one's own name is kept":       {Given: E{reserved}, When: reserve("svc_1")},
		"another's name is not given":  {Given: E{reserved}, When: reserve("svc_2"), Refused: domain.Conflict, Saying: "taken"},
		"nobody cannot hold a name":    {When: reserve(""), Refused: domain.Invalid},
		"the owner frees it":           {Given: E{reserved}, When: release("svc_1"), Then: E{reservation.Released{Owner: "svc_1"}}},
		"nobody else frees it":         {Given: E{reserved}, When: release("svc_2")},
		"a free name needs no freeing": {When: release("")},
		"a freed name is given again":  {Given: E{reserved, reservation.Released{Owner: "svc_1"}}, When: reserve("svc_1"), Then: E{reserved}},
	})
}

func TestEachKindHasItsOwnNames(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, reservation.Stream(reservation.Host, "a"), reservation.Stream(reservation.ServerName, "a"))
}
