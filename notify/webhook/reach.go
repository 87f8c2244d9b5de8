package webhook

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/syntra-dev/syntra/domain"
)

// Reach is where webhooks may point to. The zero Reach is public addresses over https.
type Reach struct {
	// Loopback allows this machine, and http.
	Loopback bool
	// Private allows private networks, and http.
	Private bool
}

// MaxURL is the longest URL of a webhook, in bytes.
const MaxURL = 2000

// ParseURL returns what of a webhook's URL may be shown, which is host and port. It refuses a URL that no message could
// be sent to. Names are looked up when a message is sent, not here: what a name means changes.
func (r Reach) ParseURL(raw string) (host string, err error) {
	bad := func(why string) (string, error) {
		return "", domain.Errorf(domain.Invalid, "the webhook's URL %s: give one like https://example.com/hooks/syntra", why).
			WithReason("bad_url")
	}
	u, err := url.Parse(raw)
	switch {
	case len(raw) > MaxURL:
		return bad("is too long")
	case err != nil || u.Opaque != "" || u.Hostname() == "" || strings.ContainsFunc(raw, func(c rune) bool { return c <= ' ' }):
		return bad("is not valid") // not with the error, which quotes it
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("has no scheme https")
	case u.Scheme == "http" && !r.Loopback && !r.Private:
		return bad("is not encrypted")
	case u.Fragment != "":
		return bad("has a fragment, which no receiver would see")
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil && !r.allows(address) {
		return bad("is of an address that webhooks may not reach")
	}
	return u.Host, nil
}

// control is called by the dialer with the address that a name has led to, right before it connects. A check of the name
// would not do: it could mean another address a moment later.
func (r Reach) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !r.allows(to.Addr()) {
		return &net.AddrError{Err: "webhooks may not reach this address", Addr: address}
	}
	return nil
}

// allows reports whether a message may be sent to an address.
func (r Reach) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	switch {
	case a.IsLoopback():
		return r.Loopback
	case a.IsPrivate(), sharedByProviders.Contains(a):
		return r.Private
	case !a.IsGlobalUnicast(): // unspecified, multicast, and link-local, where clouds keep their credentials
		return false
	}
	for _, special := range reserved {
		if special.Contains(a) {
			return false
		}
	}
	return true
}

// sharedByProviders are the addresses of RFC 6598, private networks of carriers and clouds.
var sharedByProviders = netip.MustParsePrefix("100.64.0.0/10")

// reserved are networks that IANA lists as not globally reachable, or that carry an IPv4 address inside:
// https://www.iana.org/assignments/iana-ipv4-special-registry and the same for IPv6.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}
