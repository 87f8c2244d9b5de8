package webhook

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
)

func TestWhereWebhooksMayReach(t *testing.T) {
	t.Parallel()
	nobody, self, private := Reach{}, Reach{Loopback: true}, Reach{Private: true}
	for address, may := range map[string][]Reach{
		"93.184.215.14":          {nobody, self, private},
		"2606:2800:21f:cb07::1":  {nobody, self, private},
		"127.0.0.1":              {self},
		"127.8.9.10":             {self},
		"::1":                    {self},
		"::ffff:127.0.0.1":       {self},
		"10.0.0.1":               {private},
		"172.16.0.1":             {private},
		"192.168.1.1":            {private},
		"::ffff:192.168.1.1":     {private},
		"100.64.0.1":             {private},
		"fd00::1":                {private},
		"169.254.169.254":        nil,
		"::ffff:169.254.169.254": nil,
		"fe80::1":                nil,
		"fe80::1%eth0":           nil,
		"0.0.0.0":                nil,
		"0.1.2.3":                nil,
		"::":                     nil,
		"224.0.0.1":              nil,
		"ff02::1":                nil,
		"255.255.255.255":        nil,
		"240.0.0.1":              nil,
		"192.0.0.8":              nil,
		"198.18.0.1":             nil,
		"::7f00:1":               nil,
		"64:ff9b::7f00:1":        nil,
		"64:ff9b:1::a00:1":       nil,
		"2002:7f00:1::1":         nil,
		"2001:0:53aa:64c::1":     nil,
		"fec0::1":                nil,
		"2001:db8::1":            nil,
	} {
		for _, r := range []Reach{nobody, self, private} {
			want := false
			for _, m := range may {
				want = want || m == r
			}
			require.Equal(t, want, r.allows(netip.MustParseAddr(address)), "%s with %+v", address, r)
		}
	}
}

func TestURLsOfWebhooks(t *testing.T) {
	t.Parallel()
	for raw, saying := range map[string]string{
		"https://hooks.example.com/T0/B0/secret":   "",
		"https://u:p@hooks.example.com:8443/?k=v":  "",
		"HTTPS://hooks.example.com":                "",
		"https://93.184.215.14/":                   "",
		"http://hooks.example.com/":                "not encrypted",
		"ftp://hooks.example.com/":                 "no scheme https",
		"//hooks.example.com/":                     "no scheme https",
		"https://":                                 "not valid",
		"https:hooks":                              "not valid",
		"https://a b/":                             "not valid",
		"https://a/\r\nX: y":                       "not valid",
		"https://%zz/":                             "not valid",
		"https://hooks.example.com/#part":          "fragment",
		"https://127.0.0.1/":                       "may not reach",
		"https://[::ffff:10.0.0.1]/":               "may not reach",
		"https://169.254.169.254/latest/meta-data": "may not reach",
		"https://a/" + strings.Repeat("x", MaxURL): "too long",
	} {
		host, err := Reach{}.ParseURL(raw)
		if saying == "" {
			require.NoError(t, err, raw)
			require.NotContains(t, host, "@")
			continue
		}
		require.ErrorContains(t, err, saying, raw)
		require.Equal(t, domain.Invalid, domain.CodeOf(err))
	}
	host, err := Reach{Loopback: true}.ParseURL("http://127.0.0.1:9000/secret")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:9000", host)
	_, err = Reach{Loopback: true}.ParseURL("http://10.0.0.1/")
	require.ErrorContains(t, err, "may not reach")
}

func FuzzTheShownPartOfAURLIsNoSecret(f *testing.F) {
	for _, s := range []string{"https://u:p@h/secret?q#f", "https://h\x00/", "https://[::1]/", "http://@@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if host, err := (Reach{Loopback: true, Private: true}).ParseURL(raw); err == nil {
			require.NotContains(t, host, "@")
			require.NotContains(t, host, "/")
			require.NotContains(t, host, "?")
		}
	})
}
