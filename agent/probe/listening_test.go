package probe_test

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/probe"
)

func TestListening_findsWhatAProcessListensOn(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	at := netip.MustParseAddrPort(l.Addr().String())
	require.Contains(t, probe.Listening([]int{os.Getpid()}), at)
	require.NoError(t, l.Close())
	require.NotContains(t, probe.Listening([]int{os.Getpid()}), at)
	require.Empty(t, probe.Listening([]int{1 << 30}), "a process that is not there listens on nothing")
}

func TestWhere_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, found := range map[string][]string{
		"the program listens on no port":                                                      nil,
		"the program listens on 0.0.0.0:8080":                                                 {"0.0.0.0:8080"},
		"the program listens on 0.0.0.0:3000, not on port 8080":                               {"0.0.0.0:3000"},
		"the program listens on 127.0.0.1:8080, which is reached from its own machine only":   {"127.0.0.1:8080"},
		"the program listens on [::1]:8080, which is reached by IPv6 of its own machine only": {"[::1]:8080"},
	} {
		var list []netip.AddrPort
		for _, f := range found {
			list = append(list, netip.MustParseAddrPort(f))
		}
		require.Equal(t, want, probe.Where(list, 8080, false))
	}
	own := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8080")}
	require.Equal(t, "the program listens on 127.0.0.1:8080", probe.Where(own, 8080, true), "a process is asked from its machine")
}
