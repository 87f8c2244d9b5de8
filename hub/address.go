package hub

import (
	"fmt"
	"net"
	"net/url"
	"os"
)

// InternalAddress returns the base URL for Options.InternalAddress: the given one, or else the address that the process
// listens on, with the host's name where that is "all addresses".
func InternalAddress(given string, listening net.Addr) (string, error) {
	if given != "" {
		u, err := url.Parse(given)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", fmt.Errorf("the internal address %q is not a URL: write it like http://10.0.0.1:7700", given)
		}
		return given, nil
	}
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return "", fmt.Errorf("the internal address: %w: give one like http://10.0.0.1:7700", err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		if host, err = os.Hostname(); err != nil {
			return "", fmt.Errorf("the internal address: the host has no name: %w: give one like http://10.0.0.1:7700", err)
		}
	}
	return "http://" + net.JoinHostPort(host, port), nil
}
