// Package trust decides whose word counts about where a request comes from. A balancer or CDN in front of the edge
// knows the client, its protocol and the host it asked for; a client that says the same is to be believed in nothing.
// Only who connects from a trusted network is believed: its X-Forwarded headers, and the PROXY protocol's header in
// front of its connections.
package trust

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Networks are the networks of trusted proxies. None is the usual case.
type Networks []netip.Prefix

// Parse reads networks ("10.0.0.0/8") and addresses ("192.0.2.1").
func Parse(list []string) (Networks, error) {
	var n Networks
	for _, s := range list {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(s); err == nil {
				p = netip.PrefixFrom(a, a.BitLen())
			}
		}
		if err != nil || strings.Contains(s, "%") {
			return nil, fmt.Errorf("trusted proxy %q is neither a network like 10.0.0.0/8 nor an address", s)
		}
		n = append(n, p.Masked())
	}
	return n, nil
}

// Contain reports whether a trusted proxy has the address.
func (n Networks) Contain(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range n {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// addrOf is a socket's address; the zero value if it has none.
func addrOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
