package perclient

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAClientHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	c := New(2)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	require.True(t, c.Take(a))
	require.True(t, c.Take(netip.MustParseAddr("::ffff:192.0.2.1")), "the same address, as IPv6 sockets say it")
	require.False(t, c.Take(a))
	require.True(t, c.Take(b))
	c.Leave(a)
	require.True(t, c.Take(a))
	c.Leave(a)
	c.Leave(a)
	c.Leave(b)
	for i := range c.shards {
		require.Empty(t, c.shards[i].held, "who holds nothing costs nothing")
	}
}

func TestANetworkOfIPv6IsOneClient(t *testing.T) {
	t.Parallel()
	c := New(1)
	require.True(t, c.Take(netip.MustParseAddr("2001:db8::1")))
	require.False(t, c.Take(netip.MustParseAddr("2001:db8::2:3")))
	require.True(t, c.Take(netip.MustParseAddr("2001:db8:0:1::1")))
}

func TestThisMachineAndNoBoundAreNotCounted(t *testing.T) {
	t.Parallel()
	for range 3 {
		for _, s := range []string{"127.0.0.1", "::1", "127.9.9.9", "::ffff:127.0.0.1"} {
			require.True(t, New(1).Take(netip.MustParseAddr(s)), s)
		}
		var none *Count
		require.True(t, none.Take(netip.MustParseAddr("192.0.2.1")))
		require.True(t, New(0).Take(netip.MustParseAddr("192.0.2.1")))
		none.Leave(netip.MustParseAddr("192.0.2.1"))
	}
}
