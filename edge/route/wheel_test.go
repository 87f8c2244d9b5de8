package route

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWheelIsProportionalAndSmooth(t *testing.T) {
	t.Parallel()
	require.Empty(t, wheel(nil))
	require.Empty(t, wheel([]int{0, 0}))
	require.Equal(t, []int{0}, wheel([]int{100}))
	require.Equal(t, []int{0, 1}, wheel([]int{50, 50}))
	require.Equal(t, []int{0, 0, 1, 0}, wheel([]int{75, 25}))
	require.Equal(t, []int{0, 0, 1, 0, 2, 0, 0}, wheel([]int{5, 1, 1}), "nginx's own example, in spirit: never the same rare one twice in a row")

	for _, weights := range [][]int{{95, 5}, {99, 1}, {33, 33, 34}, {0, 7, 3}, {10_000, 1}, {9_973, 9_967, 1}} {
		w := wheel(weights)
		require.LessOrEqual(t, len(w), maxSlots+len(weights))
		total := 0
		for _, x := range weights {
			total += x
		}
		count := make([]int, len(weights))
		for _, i := range w {
			count[i]++
		}
		for i, x := range weights {
			require.Equal(t, x > 0, count[i] > 0, "%v: a weight above zero gets something", weights)
			require.InDelta(t, float64(x)/float64(total), float64(count[i])/float64(len(w)), 0.002, "%v", weights)
		}
	}
}
