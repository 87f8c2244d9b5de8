package docker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLogBudget_keepsManyContainersBelowTheTotal(t *testing.T) {
	t.Parallel()
	const total = 4 << 30
	given := int64(0)
	for range 30 {
		next := logBudget(total, given)
		require.LessOrEqual(t, next, int64(mostLog))
		require.GreaterOrEqual(t, next, int64(leastLog))
		given += next
	}
	require.LessOrEqual(t, given, int64(total))
	require.EqualValues(t, leastLog, logBudget(total, total+1), "one that comes late can log too")
	require.EqualValues(t, mostLog, logBudget(total, 0))
}
