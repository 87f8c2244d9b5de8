package workflows

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain/deployment"
)

func TestBacklog_whatANewerRequestSupersedes(t *testing.T) {
	t.Parallel()
	kinds := []string{"deploy", "redeploy", "rollback", "operation"}
	request := func(kind, id string) Request {
		if kind == "operation" {
			return Request{Kind: Operate, OperationID: id}
		}
		return Request{Kind: Deploy, DeploymentKind: deployment.Kind(kind), DeploymentID: id}
	}
	// As the table above backlog: rows are older, columns newer.
	gone := map[string][]bool{
		"deploy":    {true, false, true, false},
		"redeploy":  {true, true, true, false},
		"rollback":  {false, false, true, false},
		"operation": {false, false, false, false},
	}
	for _, older := range kinds {
		for i, newer := range kinds {
			t.Run(fmt.Sprintf("%s then %s", older, newer), func(t *testing.T) {
				t.Parallel()
				var b backlog
				first, second := request(older, "1"), request(newer, "2")
				b.push(first)
				superseded := b.push(second)
				if gone[older][i] {
					require.Equal(t, []Request{first}, superseded)
					require.Equal(t, []Request{second}, b.Queue)
					return
				}
				require.Empty(t, superseded)
				require.Equal(t, []Request{first, second}, b.Queue, "first come, first served")
			})
		}
	}
}

func TestBacklog_onlyTheNewestOfManyPushesStays(t *testing.T) {
	t.Parallel()
	var b backlog
	for i := range 50 {
		superseded := b.push(Request{Kind: Deploy, DeploymentKind: deployment.Deploy, DeploymentID: strconv.Itoa(i)})
		require.Len(t, superseded, min(i, 1))
	}
	require.Len(t, b.Queue, 1)
	require.Equal(t, "49", b.pop().DeploymentID)
	require.Empty(t, b.Queue)
}

func TestBacklog_remembersABoundedNumberOfRequests(t *testing.T) {
	t.Parallel()
	var b backlog
	for i := range 2 * maxRecent {
		require.False(t, b.seen(strconv.Itoa(i)))
		require.True(t, b.seen(strconv.Itoa(i)), "a repetition is dropped")
	}
	require.Len(t, b.Recent, maxRecent)
	require.True(t, b.seen(strconv.Itoa(2*maxRecent-1)))
}
