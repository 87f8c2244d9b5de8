package trust

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// Origin is who asks, and how, as far as the edge knows or believes.
type Origin struct {
	// Client is the address of the client; the zero value if the library gave none that can be read.
	Client netip.Addr
	// Through are the addresses that the request came through, the client's first; empty if it came from the client itself.
	Through string
	Secure  bool
	Host    string
	Port    string // of the address that the client asked; empty: not said
}

// Proto is the URL's scheme that the client used.
func (o Origin) Proto() string {
	if o.Secure {
		return "https"
	}
	return "http"
}

// Origin finds out where a request comes from. What its headers say counts if a trusted proxy sent it.
func (n Networks) Origin(r *http.Request) Origin {
	o := Origin{Secure: r.TLS != nil, Host: r.Host}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return o
	}
	o.Client = peer.Addr().Unmap().WithZone("")
	if len(n) == 0 || !n.Contain(o.Client) {
		return o
	}
	o.Through = o.Client.String()
	o.walk(n, strings.Join(r.Header["X-Forwarded-For"], ","))
	switch said, _, _ := strings.Cut(strings.Join(r.Header["X-Forwarded-Proto"], ","), ","); strings.ToLower(strings.TrimSpace(said)) {
	case "https", "wss":
		o.Secure = true
	case "http", "ws":
		o.Secure = false
	}
	if said := one(r.Header["X-Forwarded-Host"]); said != "" && len(said) <= 255 && strings.Trim(said, hostBytes) == "" {
		o.Host = said
	}
	if p, err := strconv.ParseUint(one(r.Header["X-Forwarded-Port"]), 10, 16); err == nil && p > 0 {
		o.Port = strconv.FormatUint(p, 10)
	}
	return o
}

// walk goes back from the edge, from proxy to proxy, as far as they are trusted: the first that is not is the client.
// What stands before it is the client's own claim.
func (o *Origin) walk(n Networks, list string) {
	for list != "" && n.Contain(o.Client) {
		last := list
		if i := strings.LastIndexByte(list, ','); i >= 0 {
			last, list = list[i+1:], list[:i]
		} else {
			list = ""
		}
		a, ok := parseClient(last)
		if !ok {
			return
		}
		o.Client = a
		o.Through = a.String() + ", " + o.Through
	}
}

// parseClient reads an entry of X-Forwarded-For. Some proxies add the port, some write IPv6 in brackets.
func parseClient(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// hostBytes are what a Host header may hold here: names, addresses, a port.
const hostBytes = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._:[]"

// one is the only value there is.
func one(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}
