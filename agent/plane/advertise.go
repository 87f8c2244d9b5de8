package plane

import (
	"net"
	"net/url"
	"strconv"
)

// Advertised is the host:port under which other servers reach this one: host, or where that is empty the address that this
// machine reaches the control plane from.
func (p *Plane) Advertised(host string, port int) (string, error) {
	if host == "" {
		var err error
		if host, err = addressTowards(p.URL); err != nil {
			return "", err
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
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
