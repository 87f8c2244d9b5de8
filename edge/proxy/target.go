package proxy

import (
	"errors"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Why a request's first line is not passed on.
var (
	errMethod = errors.New("the method is no HTTP token")
	errTarget = errors.New("the path holds what no path can hold")
	errLength = errors.New("the Content-Length is no number, or two that differ")
)

// maxMethod is far beyond every registered method; the longest of them has 16 letters.
const maxMethod = 32

// checkLine reports what in a request could be read in two ways once it stands in a line of HTTP/1.1. HTTP/2 and 3
// carry method and path as values of their own, in which a space or a line's end means nothing; the library that
// parsed them does not look for any.
func checkLine(r *http.Request) error {
	if len(r.Method) > maxMethod || !httpguts.ValidHeaderFieldName(r.Method) { // a method is a token, as names are
		return errMethod
	}
	if r.ProtoMajor > 1 {
		if !strings.HasPrefix(r.RequestURI, "/") && (r.RequestURI != "*" || r.Method != http.MethodOptions) {
			return errTarget
		}
		if !oneLength(r.Header["Content-Length"]) {
			return errLength
		}
	}
	for i := range len(r.RequestURI) {
		if c := r.RequestURI[i]; c <= ' ' || c == '#' || c == 0x7f {
			return errTarget
		}
	}
	return nil
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
