package trust

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func networks(t *testing.T, list ...string) Networks {
	n, err := Parse(list)
	require.NoError(t, err)
	return n
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "10.0.0.0/33", "proxy.test", "fe80::1%eth0"} {
		_, err := Parse([]string{bad})
		require.Error(t, err, bad)
	}
}

func TestOriginIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	trusted := networks(t, "10.0.0.0/8", "2001:db8::5", "192.0.2.9")
	for _, c := range []struct {
		name, peer                                     string
		tls                                            bool
		forwardedFor, proto, host, port                string
		client, through, wantProto, wantHost, wantPort string
	}{
		{name: "a client", peer: "192.0.2.1:5", client: "192.0.2.1", wantProto: "http", wantHost: "a.test"},
		{name: "a client that lies", peer: "192.0.2.1:5", forwardedFor: "6.6.6.6", proto: "https", host: "evil.test", port: "1",
			client: "192.0.2.1", wantProto: "http", wantHost: "a.test"},
		{name: "a proxy", peer: "10.1.1.1:5", forwardedFor: "192.0.2.1", proto: "https", host: "www.test:8443", port: "8443",
			client: "192.0.2.1", through: "192.0.2.1, 10.1.1.1", wantProto: "https", wantHost: "www.test:8443", wantPort: "8443"},
		{name: "a client that lies to a proxy", peer: "10.1.1.1:5", forwardedFor: "10.6.6.6, 6.6.6.6, 192.0.2.1, 192.0.2.9",
			client: "192.0.2.1", through: "192.0.2.1, 192.0.2.9, 10.1.1.1", wantProto: "http", wantHost: "a.test"},
		{name: "ports and brackets", peer: "[2001:db8::5]:5", forwardedFor: "[2001:db8::7]:443", proto: "HTTPS, http",
			client: "2001:db8::7", through: "2001:db8::7, 2001:db8::5", wantProto: "https", wantHost: "a.test"},
		{name: "no address", peer: "10.1.1.1:5", forwardedFor: "192.0.2.1, unknown", proto: "gopher", host: "a b",
			client: "10.1.1.1", through: "10.1.1.1", wantProto: "http", wantHost: "a.test"},
		{name: "TLS ended before the proxy", peer: "10.1.1.1:5", tls: true, proto: "http", client: "10.1.1.1", through: "10.1.1.1", wantProto: "http", wantHost: "a.test"},
		{name: "mapped", peer: "[::ffff:10.1.1.1]:5", forwardedFor: "::ffff:192.0.2.1", client: "192.0.2.1", through: "192.0.2.1, 10.1.1.1", wantProto: "http", wantHost: "a.test"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Host: "a.test", Header: http.Header{}}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		for k, v := range map[string]string{"X-Forwarded-For": c.forwardedFor, "X-Forwarded-Proto": c.proto, "X-Forwarded-Host": c.host, "X-Forwarded-Port": c.port} {
			if v != "" {
				r.Header.Set(k, v)
			}
		}
		o := trusted.Origin(r)
		require.Equal(t, []string{c.client, c.through, c.wantProto, c.wantHost, c.wantPort},
			[]string{o.Client.String(), o.Through, o.Proto(), o.Host, o.Port}, c.name)
	}
}

const v2 = signature2

func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, client, rest string }{
		{"version 1", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET", "192.0.2.1:56324", "GET"},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", "[2001:db8::1]:1", ""},
		{"version 1, unknown", "PROXY UNKNOWN\r\nGET", "none", "GET"},
		{"none", "PROPFIND / HTTP/1.1\r\n", "none", "PROPFIND / HTTP/1.1\r\n"},
		{"TLS", "\x16\x03\x01", "none", "\x16\x03\x01"},
		{"nothing", "", "none", ""},
		{"version 2", v2 + "\x21\x11\x00\x0c\xc0\x00\x02\x01\x0a\x00\x00\x01\x01\x00\x01\xbbGET", "192.0.2.1:256", "GET"},
		{"version 2, extensions", v2 + "\x21\x11\x00\x10\xc0\x00\x02\x01\x0a\x00\x00\x01\x01\x00\x01\xbb\x04\x00\x01xGET", "192.0.2.1:256", "GET"},
		{"version 2, IPv6", v2 + "\x21\x21\x00\x24" + strings.Repeat("\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01", 2) + "\x00\x07\x00\x08", "[2001:db8::1]:7", ""},
		{"version 2, local", v2 + "\x20\x00\x00\x00GET", "none", "GET"},
		{"version 2, unspecified", v2 + "\x21\x00\x00\x00GET", "none", "GET"},
		{"version 1, endless", "PROXY TCP4 " + strings.Repeat("1", 200), "", ""},
		{"version 1, not an address", "PROXY TCP4 a b 1 2\r\n", "", ""},
		{"version 1, the other family", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "", ""},
		{"version 1, a port too large", "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n", "", ""},
		{"version 1, cut", "PROXY TCP4 192.0.2.1", "", ""},
		{"version 1, bare LF", "PROXY TCP4 192.0.2.1 198.51.100.1 1 443\nGET / HTTP/1.1\nX: y\r\n", "", ""},
		{"version 2, cut", v2 + "\x21\x11\x00\x0c\xc0", "", ""},
		{"version 2, too short", v2 + "\x21\x11\x00\x04\xc0\x00\x02\x01", "", ""},
		{"version 2, too long", v2 + "\x21\x11\xff\xff" + strings.Repeat("x", 1<<16), "", ""},
		{"version 3", v2 + "\x31\x11\x00\x0c\xc0\x00\x02\x01\x0a\x00\x00\x01\x01\x00\x01\xbb", "", ""},
	} {
		r := bufio.NewReaderSize(strings.NewReader(c.in), 4<<10)
		client, err := readHeader(r)
		if c.client == "" {
			require.Error(t, err, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		got := "none"
		if client.IsValid() {
			got = client.String()
		}
		require.Equal(t, c.client, got, c.name)
		rest := make([]byte, r.Buffered())
		_, _ = r.Read(rest)
		require.Equal(t, c.rest, string(rest), c.name)
	}
}

// FuzzHeader: no bytes make the reader fail otherwise than by an error, nor name a client without an address.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET"))
	f.Add([]byte(v2 + "\x21\x11\x00\x0c\xc0\x00\x02\x01\x0a\x00\x00\x01\x01\x00\x01\xbbGET"))
	f.Fuzz(func(t *testing.T, in []byte) {
		client, err := readHeader(bufio.NewReaderSize(strings.NewReader(string(in)), 4<<10))
		if err != nil && client.IsValid() {
			t.Fatalf("%q: %v and %v", in, client, err)
		}
	})
}
