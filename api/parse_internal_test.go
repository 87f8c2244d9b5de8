package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/projections"
)

func FuzzParseIdempotencyKey(f *testing.F) {
	for _, s := range []string{"", "a", "push-42", " ", "a b", "\x00", "é", strings.Repeat("k", 255), strings.Repeat("k", 256)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := parseIdempotencyKey([]string{s})
		if err != nil {
			require.Equal(t, domain.Invalid, domain.CodeOf(err))
			return
		}
		require.Equal(t, s, key)
		require.True(t, len(key) > 0 && len(key) <= maxKey)
		require.Equal(t, -1, strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }))
	})
}

func FuzzParseIfMatch(f *testing.F) {
	for _, s := range []string{"", "*", `"3"`, `W/"3"`, `3`, `"-1"`, `"0"`, `"03"`, `""3""`, `"99999999999999999999"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		version, err := parseIfMatch(s)
		if err != nil {
			require.Equal(t, domain.Invalid, domain.CodeOf(err))
			return
		}
		require.GreaterOrEqual(t, version, 0)
		if version > 0 {
			require.Contains(t, s, etag(version))
		}
	})
}

func FuzzProse(f *testing.F) {
	f.Add("**bold** and `code`\n\n<script>")
	f.Add("**`**`")
	f.Fuzz(func(t *testing.T, s string) {
		html := string(prose(s))
		for _, tag := range []string{"<p>", "</p>", "<strong>", "</strong>", "<code>", "</code>"} {
			html = strings.ReplaceAll(html, tag, "")
		}
		require.NotContains(t, html, "<", "nothing but our own elements")
	})
}

func TestEdgeURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host        string
		http, https int
		want        string
	}{
		{"web-shop.localhost", 0, 0, ""},
		{"web-shop.localhost", 80, 443, "http://web-shop.localhost"},
		{"web-shop.localhost", 8081, 8443, "http://web-shop.localhost:8081"},
		{"shop.example.com", 80, 443, "https://shop.example.com"},
		{"shop.example.com", 8080, 8443, "https://shop.example.com:8443"},
		{"shop.example.com", 8080, 0, "http://shop.example.com:8080"},
		{"", 80, 443, ""},
	} {
		require.Equal(t, c.want, EdgeURL(projections.Server{EdgeHTTP: c.http, EdgeHTTPS: c.https}, c.host))
	}
}
