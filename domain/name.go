package domain

import (
	"regexp"
	"strings"
	"unicode"
)

// MaxSlug is the longest slug: two of them and the separator must fit a DNS label (63 octets).
const MaxSlug = 30

var slugPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// CheckSlug refuses a slug that could not be part of a host name.
func CheckSlug(what, slug string) error {
	if len(slug) > MaxSlug || !slugPattern.MatchString(slug) {
		return Errorf(Invalid, "%s %q is not a valid name: use 1 to %d lower-case letters, digits and inner hyphens", what, slug, MaxSlug).WithReason("bad_slug")
	}
	return nil
}

// MaxName is the longest display name, in bytes.
const MaxName = 100

// CheckName refuses a display name that no page could show. An empty one is fine where there is a slug to show.
func CheckName(what, name string) error {
	if len(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) {
		return Errorf(Invalid, "the name of the %s is not valid: use at most %d printable characters", what, MaxName).WithReason("bad_name")
	}
	return nil
}

var hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckHost refuses what is not the form of a host name that ParseHost returns.
func CheckHost(host string) error {
	if len(host) > 253 || !hostPattern.MatchString(host) {
		return Errorf(Invalid, "domain %q is not a valid host name: give it in lower case without scheme or port, such as app.example.com", host).WithReason("bad_host")
	}
	return nil
}
