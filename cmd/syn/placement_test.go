package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	syntra "github.com/syntra-dev/syntra/sdk/go"
	"github.com/syntra-dev/syntra/source"
)

var threeServers = []syntra.Server{{Id: "srv_1", Name: "fra-1"}, {Id: "srv_2", Name: "ams-1"}, {Id: "srv_3", Name: "hel-1"}}

func TestWhereAServiceRunsOnceItHasMoved(t *testing.T) {
	t.Parallel()
	two := int64(2)
	single := []syntra.Target{{Id: "srv_1", Replicas: &two}}
	pair := []syntra.Target{{Id: "srv_1", Replicas: &two}, {Id: "srv_2"}}
	for name, c := range map[string]struct {
		now  []syntra.Target
		from string
		to   []string
		want []syntra.TargetInput
		says string
	}{
		"to another server, with as many replicas": {now: single, to: []string{"ams-1"}, want: []syntra.TargetInput{{Id: "srv_2", Replicas: &two}}},
		"to one more":   {now: single, to: []string{"fra-1", "srv_2"}, want: []syntra.TargetInput{{Id: "srv_1", Replicas: &two}, {Id: "srv_2"}}},
		"to one of two": {now: pair, to: []string{"ams-1"}, want: []syntra.TargetInput{{Id: "srv_2"}}},
		"one of two moves": {
			now: pair, from: "fra-1", to: []string{"hel-1"}, want: []syntra.TargetInput{{Id: "srv_3", Replicas: &two}, {Id: "srv_2"}},
		},
		"from where it is not": {now: single, from: "ams-1", to: []string{"hel-1"}, says: "does not run on"},
		"from one to two":      {now: pair, from: "fra-1", to: []string{"hel-1", "ams-1"}, says: "give one --to"},
		"to nowhere":           {now: single, to: []string{"mars-1"}, says: `no server "mars-1"`},
	} {
		got, err := moved(c.now, threeServers, c.from, c.to)
		if c.says != "" {
			require.ErrorContains(t, err, c.says, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestThePlacementOfAFileIsComparedWithWhereTheServiceRuns(t *testing.T) {
	t.Parallel()
	targets, err := filed([]source.Target{{Server: "ams-1", Replicas: 2}, {Server: "fra-1"}}, threeServers)
	require.NoError(t, err)
	two := int64(2)
	require.Equal(t, []syntra.TargetInput{{Id: "srv_2", Replicas: &two}, {Id: "srv_1"}}, targets)
	require.True(t, sameTargets([]syntra.Target{{Id: "srv_2", Replicas: &two}, {Id: "srv_1"}}, targets))
	require.False(t, sameTargets([]syntra.Target{{Id: "srv_2"}, {Id: "srv_1"}}, targets))
	_, err = filed([]source.Target{{Server: "mars-1"}}, threeServers)
	require.ErrorContains(t, err, "mars-1")
}

func TestStatusTellsWhereAServiceRuns(t *testing.T) {
	t.Parallel()
	three := int64(3)
	s := syntra.Service{Replicas: 1, Placement: []syntra.Target{{Id: "srv_1"}, {Id: "srv_2", Replicas: &three}, {Id: "srv_9"}}}
	require.Equal(t, "fra-1, ams-1 ×3, srv_9", placementText(s, threeServers))
}

func TestAServiceIsNamedWithOrWithoutItsProject(t *testing.T) {
	t.Parallel()
	var t1, t2 target
	t1.name("shop/web")
	t2.name("web")
	require.Equal(t, []target{{"shop", "web"}, {"", "web"}}, []target{t1, t2})
}
