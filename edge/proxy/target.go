package proxy

import (
	"errors"
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/edge/h1"
)

var errLength = errors.New("the Content-Length is no number, or two that differ")

// checkLine reports what in a request could be read in two ways once it stands in a line of HTTP/1.1. HTTP/2 and 3
// carry method and path as values of their own, in which a space or a line's end means nothing; the library that
// parsed them does not look for any.
func checkLine(r *http.Request) error {
	if r.ProtoMajor > 1 {
		if !strings.HasPrefix(r.RequestURI, "/") && (r.RequestURI != "*" || r.Method != http.MethodOptions) {
			return h1.ErrTarget
		}
		if !oneLength(r.Header["Content-Length"]) {
			return errLength
		}
	}
	return h1.CheckLine(r.Method, r.RequestURI)
}

// oneLength reports whether the values are one length, however often it is said.
func oneLength(values []string) bool {
	for _, v := range values {
		if v == "" || len(v) > 18 || v != values[0] || strings.Trim(v, "0123456789") != "" {
			return false
		}
	}
	return true
}

// target is the request's path and query as they stand in the first line. Bytes beyond ASCII are escaped: programs
// that read the line as Latin-1 take some of them (0x85, 0xa0) for spaces.
func target(r *http.Request) string {
	s := r.RequestURI
	if !strings.HasPrefix(s, "/") && s != "*" { // absolute form: "GET http://host/path"
		s = r.URL.RequestURI()
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return escaped(s)
		}
	}
	return s
}

func escaped(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 0x80 {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
