package route

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"example.com":                     "example.com",
		"EXAMPLE.com.":                    "example.com",
		"shop-acme.localhost":             "shop-acme.localhost",
		"example.com:8080":                "example.com",
		"example.com:":                    "example.com",
		"127.0.0.1:80":                    "127.0.0.1",
		"[::1]:80":                        "::1",
		"[2001:DB8::1]":                   "2001:db8::1",
		"::1":                             "::1",
		"a_b.example.com":                 "a_b.example.com",
		"xn--bcher-kva.ch":                "xn--bcher-kva.ch",
		"":                                "",
		".":                               "",
		"a..b":                            "",
		".a":                              "",
		"a..":                             "",
		"-a.com":                          "",
		"a-.com":                          "",
		"bücher.ch":                       "",
		"a b":                             "",
		"a/b":                             "",
		"a@b":                             "",
		"a:b":                             "",
		"a:99999":                         "",
		"a:-1":                            "",
		"[::1":                            "",
		"[::1]x":                          "",
		"[a.com]":                         "",
		"[fe80::1%eth0]":                  "",
		"*.example.com":                   "",
		"a\r\nb":                          "",
		"a\x00":                           "",
		strings.Repeat("a", 64):           "",
		strings.Repeat("a.", 127) + "com": "",
	} {
		got, err := ParseHost(raw)
		require.Equal(t, want == "", err != nil, "%q: %v", raw, err)
		require.Equal(t, want, got, "%q", raw)
	}
}

// What is a host once stays that host, whatever port or case it is written with, and holds nothing that could break
// out of a log line, a file name or a header.
func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"a.b:80", "[::1]:443", "A.", "::1", "[::ffff:1.2.3.4]", "xn--a", "a:", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, err := ParseHost(raw)
		if err != nil {
			if host != "" {
				t.Fatalf("%q: both %q and %v", raw, host, err)
			}
			return
		}
		if host == "" || len(host) > maxHost || strings.ContainsAny(host, "/\\ \t\r\n\x00%@[]") || host != strings.ToLower(host) {
			t.Fatalf("%q became %q", raw, host)
		}
		for _, again := range []string{host, net.JoinHostPort(host, "8443"), strings.ToUpper(host)} {
			got, err := ParseHost(again)
			if err != nil || got != host {
				t.Fatalf("%q became %q, and %q became %q, %v", raw, host, again, got, err)
			}
		}
	})
}
