package hub_test

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/hub"
)

func TestTheInternalAddressIsOneThatOthersCanDial(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	require.NoError(t, err)
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 7700} }
	for _, c := range []struct {
		name, given string
		listening   net.Addr
		want        string
	}{
		{"the given one", "https://a.internal:7700", at("127.0.0.1"), "https://a.internal:7700"},
		{"the listen address", "", at("10.0.0.1"), "http://10.0.0.1:7700"},
		{"an IPv6 one", "", at("fd00::1"), "http://[fd00::1]:7700"},
		{"the host's name for all IPv4 addresses", "", at("0.0.0.0"), "http://" + host + ":7700"},
		{"the host's name for all addresses", "", at("::"), "http://" + host + ":7700"},
	} {
		got, err := hub.InternalAddress(c.given, c.listening)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for _, bad := range []string{"10.0.0.1:7700", "ftp://a", "http://", "a"} {
		_, err := hub.InternalAddress(bad, at("127.0.0.1"))
		require.ErrorContains(t, err, "http://10.0.0.1:7700", bad)
	}
}
