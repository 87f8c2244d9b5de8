package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/service"
)

func TestAPlacementIsChecked(t *testing.T) {
	t.Parallel()
	many := make([]string, service.MaxTargets+1)
	for i := range many {
		many[i] = "srv_" + string(rune('a'+i))
	}
	for says, c := range map[string]struct {
		p     service.Placement
		asked int
	}{
		"":                                {service.On("srv_1"), 1},
		"name at least one":               {service.On("", ""), 1},
		"use at most 10":                  {service.On(many...), 1},
		`kind "moon" is unknown`:          {service.Placement{{Kind: "moon", ID: "srv_1"}}, 1},
		"names no server":                 {service.Placement{{Kind: service.ServerTarget}}, 1},
		"-1 replicas":                     {service.Placement{{Kind: service.ServerTarget, ID: "srv_1", Replicas: -1}}, 1},
		"srv_1 is in the placement twice": {service.On("srv_1", "srv_2", "srv_1"), 1},
		"asks for 22 replicas":            {service.On("srv_1", "srv_2"), 11},
	} {
		err := c.p.Check(c.asked)
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says)
		require.Equal(t, domain.Invalid, domain.CodeOf(err))
	}
	require.NoError(t, service.On("srv_1", "srv_2").Check(10))
}

func TestATargetHasItsOwnNumberOfReplicasOrThatOfTheSettings(t *testing.T) {
	t.Parallel()
	p := service.Placement{{Kind: service.ServerTarget, ID: "srv_1"}, {Kind: service.ServerTarget, ID: "srv_2", Replicas: 5}}
	full := p.WithReplicas(2)
	require.Equal(t, []int{2, 5}, []int{full[0].Replicas, full[1].Replicas})
	require.Equal(t, 7, p.Total(2))
	require.True(t, p.Follows())
	require.False(t, p[1:].Follows())
	require.Equal(t, 0, p[0].Replicas, "the placement itself stays as it was")
}

func TestPlacementsTellWhoComesAndWhoLeaves(t *testing.T) {
	t.Parallel()
	before, after := service.On("srv_1", "srv_2"), service.On("srv_2", "srv_3")
	require.Equal(t, []string{"srv_1"}, before.Without(after))
	require.Equal(t, []string{"srv_3"}, after.Without(before))
	require.True(t, before.Has("srv_1"))
	require.False(t, after.Has("srv_1"))
}

func TestServicePlacement(t *testing.T) {
	t.Parallel()
	place := func(p service.Placement) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.Place(p, "dep_1") }
	}
	may := func(p service.Placement) func(*S) (E, error) {
		return func(s *S) (E, error) { return nil, s.MayPlace(p) }
	}
	scale := func(replicas int) func(*S) (E, error) {
		return func(s *S) (E, error) {
			return s.RequestOperation(service.OperationRequested{OperationID: "op_1", Kind: service.Scale, Replicas: replicas})
		}
	}
	two := service.On("srv_1", "srv_2")
	own := service.Placement{{Kind: service.ServerTarget, ID: "srv_1", Replicas: 2}}
	onTwo := service.Placed{Targets: two, Previous: service.On("srv_1"), DeploymentID: "dep_1"}
	elsewhere := created
	elsewhere.Placement = nil
	crowded := service.Config{Run: service.Run{Replicas: 11}}
	Run(t, map[string]Case[S]{
		"is placed at its creation":      {When: func(s *S) (E, error) { return s.Create(elsewhere) }, Refused: domain.Invalid, Saying: "at least one server"},
		"is placed on other servers":     {Given: E{created}, When: place(two), Then: E{onTwo}},
		"is placed once":                 {Given: E{created, onTwo}, When: place(two)},
		"is placed somewhere":            {Given: E{created}, When: place(nil), Refused: domain.Invalid},
		"only a service is placed":       {When: place(two), Refused: domain.NotFound},
		"may be placed elsewhere":        {Given: E{created}, When: may(two)},
		"may not be placed as it is":     {Given: E{created, onTwo}, When: may(two), Refused: domain.Conflict, Saying: "already"},
		"may not be placed once deleted": {Given: E{created, deleted}, When: may(two), Refused: domain.NotFound},
		"is not scaled where every server has its own number": {
			Given: E{created, one, service.Placed{Targets: own}}, When: scale(3), Refused: domain.Conflict, Saying: "change its placement",
		},
		"is not scaled beyond the limit on all servers together": {
			Given: E{created, one, onTwo}, When: scale(11), Refused: domain.Invalid, Saying: "22 replicas",
		},
		"is not configured beyond it either": {
			Given: E{created, onTwo}, When: func(s *S) (E, error) { return s.Configure(crowded, 0) }, Refused: domain.Invalid, Saying: "22 replicas",
		},
	})
}
