package domain_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
)

func TestSlugs(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "web", "web-2", "0", strings.Repeat("a", domain.MaxSlug)} {
		require.NoError(t, domain.CheckSlug("service", good), good)
	}
	for _, bad := range []string{"", "-a", "a-", "A", "a_b", "a.b", "a b", "ä", "a\n", strings.Repeat("a", domain.MaxSlug+1), "../a"} {
		err := domain.CheckSlug("service", bad)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), "%q", bad)
		require.ErrorContains(t, err, "service")
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"example.com", "a.b.example.com", "xn--grn-hoa.example", "app.localhost"} {
		require.NoError(t, domain.CheckHost(good), good)
	}
	for _, bad := range []string{"", "localhost", "Example.com", "*.example.com", "example.com.", "example.com:80", "http://example.com", "a..b", "-a.com", "a-.com", "1.2.3.4", "a.com/x", "a.com\n", strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 130) + "com"} {
		require.Equal(t, domain.Invalid, domain.CodeOf(domain.CheckHost(bad)), "%q", bad)
	}
}

func TestHostsAreKeptInOneForm(t *testing.T) {
	t.Parallel()
	for typed, kept := range map[string]string{
		"example.com": "example.com", "Example.COM": "example.com", " example.com ": "example.com", "example.com.": "example.com",
		"grün.example": "xn--grn-ioa.example", "GRÜN.example": "xn--grn-ioa.example", "例え.テスト": "xn--r8jz45g.xn--zckzah",
		"xn--grn-hoa.example": "xn--grn-hoa.example", "straße.de": "xn--strae-oqa.de",
	} {
		host, err := domain.ParseHost(typed)
		require.NoError(t, err, typed)
		require.Equal(t, kept, host)
		again, err := domain.ParseHost(host)
		require.NoError(t, err)
		require.Equal(t, kept, again)
	}
	for typed, why := range map[string]string{
		"https://example.com": "has a scheme", "example.com/x": "has a path", "example.com:80": "has a port",
		"*.example.com": "is a wildcard", "a*.example.com": "has a *", "localhost": "is not a host name", "": "is not a host name",
		"a..b": "is not a host name", "a_b.example.com": "is not a host name", "xn--zz.example": "is not a host name",
	} {
		_, err := domain.ParseHost(typed)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), typed)
		require.ErrorContains(t, err, why)
	}
	hosts, err := domain.ParseHosts(nil)
	require.NoError(t, err)
	require.Nil(t, hosts)
}

func TestDisplayNames(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "My Shop", "Grüße 👋", strings.Repeat("a", domain.MaxName)} {
		require.NoError(t, domain.CheckName("project", good), good)
	}
	for _, bad := range []string{"a\nb", "a\x00", "\x1b[31m", strings.Repeat("a", domain.MaxName+1)} {
		require.Equal(t, domain.Invalid, domain.CodeOf(domain.CheckName("project", bad)), "%q", bad)
	}
}

func TestErrorsKeepTheirCodeThroughWrapping(t *testing.T) {
	t.Parallel()
	refusal := domain.Errorf(domain.Conflict, "%s is taken", "web").WithReason("name_taken")
	wrapped := fmt.Errorf("create: %w", refusal)
	require.Equal(t, domain.Conflict, domain.CodeOf(wrapped))
	var e *domain.Error
	require.ErrorAs(t, wrapped, &e)
	require.Equal(t, "name_taken", e.Reason)
	require.Equal(t, domain.Code(""), domain.CodeOf(errors.New("other")))
	require.Equal(t, domain.Code(""), domain.CodeOf(nil))
}

// FuzzHostsAreHosts: what passes is a host that a URL keeps as it is, and two slugs always make a label.
func FuzzHostsAreHosts(f *testing.F) {
	for _, s := range []string{"example.com", "a_b.c", "[::1]", "a.com:80", "a.com\x00", "xn--a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if domain.CheckHost(s) == nil {
			u, err := url.Parse("https://" + s + "/")
			require.NoError(t, err)
			require.Equal(t, s, u.Hostname())
			require.Equal(t, strings.ToLower(s), s)
		}
		if domain.CheckSlug("service", s) == nil {
			require.NoError(t, domain.CheckHost(s+"-"+s+".localhost"), s)
		}
	})
}
