package proxy

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

func first(h http.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// hasToken looks for a token in comma-separated header values.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// connectionNames says whether the Connection header makes key hop-by-hop.
func connectionNames(connection []string, key string) bool {
	if len(connection) == 1 && (connection[0] == "keep-alive" || connection[0] == "Keep-Alive" || connection[0] == "close") {
		return false
	}
	return hasToken(connection, key)
}

// upgradeType is the protocol that a request or answer changes to, if any.
func upgradeType(h http.Header) string {
	if len(h["Upgrade"]) == 0 || !hasToken(h["Connection"], "upgrade") {
		return ""
	}
	return h["Upgrade"][0]
}

// requestID keeps a sensible id that came in, so that it can be followed through several systems, or makes one.
func requestID(h http.Header) string {
	if v := h["X-Request-Id"]; len(v) == 1 && plausibleID(v[0]) {
		return v[0]
	}
	var b [32]byte
	out := strconv.AppendUint(b[:0], rand.Uint64()|1<<63, 16)
	out = strconv.AppendUint(out, rand.Uint64()|1<<63, 16)
	return string(out)
}

func plausibleID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.:+/=@", rune(c)) {
			return false
		}
	}
	return true
}
