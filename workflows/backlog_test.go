package workflows

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain/deployment"
)

func TestBacklog_whatANewerRequestSupersedes(t *testing.T) {
	t.Parallel()
	kinds := []string{"deploy", "redeploy", "rollback", "place", "operation"}
	request := func(kind, id string) Request {
		if kind == "operation" {
			return Request{Kind: Operate, OperationID: id}
		}
		return Request{Kind: Deploy, DeploymentKind: deployment.Kind(kind), DeploymentID: id}
	}
	// As the table above backlog: rows are older, columns newer.
	gone := map[string][]bool{
		"deploy":    {true, false, true, false, false},
		"redeploy":  {true, true, true, false, false},
		"rollback":  {false, false, true, false, false},
		"place":     {false, false, false, true, false},
		"operation": {false, false, false, false, false},
	}
	for _, older := range kinds {
		for i, newer := range kinds {
			t.Run(fmt.Sprintf("%s then %s", older, newer), func(t *testing.T) {
				t.Parallel()
				first, second := request(older, "1"), request(newer, "2")
				first.Position, second.Position = 1, 2
				want := []Request{first, second}
				if gone[older][i] {
					want = []Request{second}
				}
				var inOrder, late, begun backlog
				inOrder.push(first)
				superseded := inOrder.push(second)
				require.Equal(t, want, inOrder.Queue)
				late.push(second)
				require.Equal(t, superseded, late.push(first), "whichever arrives first")
				require.Equal(t, want, late.Queue, "the queue is in the order of the log")
				begun.push(second)
				require.Equal(t, second, begun.pop())
				require.Equal(t, superseded, begun.push(first), "also where the newer one has begun")
				require.Len(t, begun.Queue, len(want)-1)
				require.Equal(t, gone[older][i], len(superseded) == 1 && superseded[0].by.DeploymentID == "2")
			})
		}
	}
}

func TestBacklog_onlyTheNewestOfManyPushesStays(t *testing.T) {
	t.Parallel()
	var b backlog
	for i := range 50 {
		superseded := b.push(Request{
			Kind:           Deploy,
			DeploymentKind: deployment.Deploy,
			DeploymentID:   strconv.Itoa(i),
			Position:       uint64(i),
		})
		require.Len(t, superseded, min(i, 1))
	}
	require.Len(t, b.Queue, 1)
	require.Equal(t, "49", b.pop().DeploymentID)
	require.Empty(t, b.Queue)
}

// Whatever the order of arrival, the same requests stay, and in the order of the log. What begins in between never
// begins after something that supersedes it.
func TestBacklog_theOrderOfArrivalChangesNothing(t *testing.T) {
	t.Parallel()
	kinds := []deployment.Kind{deployment.Deploy, deployment.Redeploy, deployment.Rollback, ""}
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		requests := make([]Request, 1+random.IntN(12))
		for i := range requests {
			id := strconv.Itoa(i)
			requests[i] = Request{Position: uint64(i + 1), Kind: Deploy, DeploymentKind: kinds[random.IntN(4)], DeploymentID: id}
			if requests[i].DeploymentKind == "" {
				requests[i] = Request{Position: uint64(i + 1), Kind: Operate, OperationID: id}
			}
		}
		var inOrder, shuffled, worked backlog
		for _, r := range requests {
			inOrder.push(r)
		}
		var ended, begun []Request
		for _, i := range random.Perm(len(requests)) {
			shuffled.push(requests[i])
			for _, old := range worked.push(requests[i]) {
				ended = append(ended, old.Request)
			}
			if len(worked.Queue) > 0 && random.IntN(3) == 0 {
				r := worked.pop()
				for _, newer := range begun {
					require.False(t, newer.Position > r.Position && supersedes(newer, r),
						"seed %d: %v begins after %v", seed, r, newer)
				}
				begun = append(begun, r)
			}
			require.True(t, slices.IsSortedFunc(worked.Queue, func(a, b Request) int {
				return cmp.Compare(a.Position, b.Position)
			}), "seed %d", seed)
		}
		require.Equal(t, inOrder.Queue, shuffled.Queue, "seed %d", seed)
		require.ElementsMatch(t, requests, slices.Concat(ended, begun, worked.Queue), "seed %d: none is lost", seed)
	}
}

func TestBacklog_whatIsUnderWayIsJoinedFirst(t *testing.T) {
	t.Parallel()
	push := func(b *backlog, position uint64, kind deployment.Kind) []superseded {
		return b.push(Request{
			Position:       position,
			Kind:           Deploy,
			DeploymentKind: kind,
			DeploymentID:   strconv.FormatUint(position, 10),
		})
	}
	var b backlog
	push(&b, 3, deployment.Rollback)
	b.insert(Request{Position: 5, Kind: Deploy, DeploymentKind: deployment.Deploy, DeploymentID: "5", UnderWay: true})
	require.Len(t, push(&b, 6, deployment.Rollback), 1, "it takes the place of the rollback that waits only")
	require.Equal(t, "5", b.pop().DeploymentID)
	require.Equal(t, "6", b.pop().DeploymentID)
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
