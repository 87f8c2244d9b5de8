package domain

import (
	"strings"

	"golang.org/x/net/idna"
)

// ParseHost returns the form under which a host name is kept, of what a person typed: in lower case, international names in
// ASCII (RFC 5891), without a final dot. What is more than a host name is refused with what to leave out.
func ParseHost(typed string) (string, error) {
	refuse := func(what string) (string, error) {
		return "", Errorf(Invalid, "domain %q %s: give the host name alone, such as app.example.com", typed, what).WithReason("bad_host")
	}
	host := strings.TrimSuffix(strings.TrimSpace(typed), ".")
	switch {
	case strings.Contains(host, "://"):
		return refuse("has a scheme")
	case strings.ContainsAny(host, "/?#"):
		return refuse("has a path")
	case strings.Contains(host, ":"):
		return refuse("has a port")
	case strings.HasPrefix(host, "*."):
		return refuse("is a wildcard, which are not served yet")
	case strings.Contains(host, "*"):
		return refuse("has a *")
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || CheckHost(ascii) != nil {
		return refuse("is not a host name")
	}
	return ascii, nil
}

// ParseHosts returns what ParseHost does of each; nil stays nil.
func ParseHosts(typed []string) ([]string, error) {
	if typed == nil {
		return nil, nil
	}
	hosts := make([]string, len(typed))
	for i, t := range typed {
		var err error
		if hosts[i], err = ParseHost(t); err != nil {
			return nil, err
		}
	}
	return hosts, nil
}
