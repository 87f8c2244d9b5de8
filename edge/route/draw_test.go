package route

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func drawOf(weights ...int) (*draw, []*Release) {
	d, all := &draw{}, []*Release{}
	for _, w := range weights {
		all = append(all, &Release{})
		d.add(all[len(all)-1], w)
	}
	return d, all
}

func TestADrawIsProportional(t *testing.T) {
	t.Parallel()
	require.Nil(t, (&draw{}).next())
	const draws = 200_000
	for _, weights := range [][]int{{10_000}, {5000, 5000}, {9000, 1000}, {9950, 50}, {100, 200, 9700}, {2, 1}} {
		d, all := drawOf(weights...)
		count := map[*Release]int{}
		for range draws {
			count[d.next()]++
		}
		total := 0
		for _, w := range weights {
			total += w
		}
		for i, w := range weights {
			p := float64(w) / float64(total)
			// Six standard deviations of the binomial distribution: a right draw fails once in half a billion.
			require.InDelta(t, p*draws, float64(count[all[i]]), 6*math.Sqrt(draws*p*(1-p))+1, "%v", weights)
		}
	}
}

// A page and its data are asked for in turns. Each of the two must meet both releases.
func TestADrawDoesNotFollowTheOrderOfRequests(t *testing.T) {
	t.Parallel()
	d, all := drawOf(5000, 5000)
	count := [2]int{}
	const pages = 20_000
	for range pages {
		for i := range count {
			if d.next() == all[0] {
				count[i]++
			}
		}
	}
	for _, n := range count {
		require.InDelta(t, pages/2, n, 6*math.Sqrt(pages)/2)
	}
}

func TestADrawAllocatesNothing(t *testing.T) {
	d, _ := drawOf(9000, 500, 500)
	require.Zero(t, testing.AllocsPerRun(1000, func() { d.next() }))
}
