package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAClientThatDoesNotReadIsDropped(t *testing.T) {
	t.Parallel()
	f := &feed{listeners: map[*listener]struct{}{}}
	slow, quick, other := f.join("org_a"), f.join("org_a"), f.join("org_b")
	for range inbox + 1 {
		f.tell("org_a", delivery{message: notice{}})
		<-quick.messages
	}
	require.True(t, closed(slow.slow))
	require.False(t, closed(quick.slow))
	require.False(t, closed(other.slow))
	require.Empty(t, other.messages)
	f.leave(slow)
	f.tell("org_a", delivery{message: notice{}})
	f.dropAll()
	require.True(t, closed(quick.slow))
	require.True(t, closed(other.slow))
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
