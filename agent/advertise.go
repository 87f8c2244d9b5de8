package agent

import (
	"net"
	"net/url"
	"strconv"
)

// peerAddress is where the edges of other servers reach this one's; empty where it does not listen for them, or no
// address is known.
func (a *Agent) peerAddress(port int) string {
	if port == 0 {
		return ""
	}
	host := a.opts.Advertise
	if host == "" {
		var err error
		if host, err = addressTowards(a.opts.URL); err != nil {
			a.log.Warn("agent: it is not known under which address other servers reach this one: say so with --advertise", "error", err)
			return ""
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// addressTowards returns this machine's address on the route to a URL's host. Nothing is sent.
func addressTowards(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	c, err := net.Dial("udp", net.JoinHostPort(u.Hostname(), "9")) // of a socket that sends nothing the port does not matter
	if err != nil {
		return "", err
	}
	defer c.Close()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	return host, err
}
