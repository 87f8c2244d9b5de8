package route

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// maxHost is the longest host name DNS allows (RFC 1035 §2.3.4), without the final dot.
const maxHost = 253

// ParseHost normalises what came in a Host header or in a service's list of hosts: lower case, without port and final
// dot. IPv6 addresses lose their brackets. Everything that no DNS name or address could be is refused, so that a
// stranger's bytes never reach a map, a log line or a certificate store unchecked.
func ParseHost(raw string) (string, error) {
	host, err := withoutPort(raw)
	if err != nil {
		return "", err
	}
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil || addr.Zone() != "" {
			return "", fmt.Errorf("host %q is no IPv6 address", clip(raw))
		}
		return addr.String(), nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" {
		return "", errors.New("host is empty")
	}
	if len(host) > maxHost {
		return "", fmt.Errorf("host is longer than %d characters", maxHost)
	}
	for label := range strings.SplitSeq(host, ".") {
		if !validLabel(label) {
			return "", fmt.Errorf("host %q is no DNS name: write international names in their xn-- form", clip(raw))
		}
	}
	return host, nil
}

// withoutPort cuts ":port" and the brackets of an IPv6 literal.
func withoutPort(raw string) (string, error) {
	if strings.HasPrefix(raw, "[") {
		host, rest, ok := strings.Cut(raw[1:], "]")
		if !ok || (rest != "" && !validPort(rest)) || !strings.Contains(host, ":") {
			return "", fmt.Errorf("host %q: brackets belong around an IPv6 address", clip(raw))
		}
		return host, nil
	}
	i := strings.IndexByte(raw, ':')
	if i < 0 || strings.IndexByte(raw[i+1:], ':') >= 0 { // none, or a bare IPv6 address
		return raw, nil
	}
	if !validPort(raw[i:]) {
		return "", fmt.Errorf("host %q: what follows the colon is no port", clip(raw))
	}
	return raw[:i], nil
}

// validPort takes ":", which RFC 3986 allows to stand for the default port, up to ":65535".
func validPort(s string) bool {
	if s == "" || s[0] != ':' || len(s) > 6 {
		return false
	}
	n := 0
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n <= 65535
}

// validLabel allows the underscore besides letters, digits and hyphen: names in the wild have it.
func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// clip keeps a stranger's bytes short in messages.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
