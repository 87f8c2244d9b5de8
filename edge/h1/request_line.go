package h1

import (
	"net/http"
	"net/url"
	"strings"
)

// requestLine reads "GET /path?query HTTP/1.1".
func requestLine(line string, req *http.Request) error {
	method, rest, _ := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(rest, " ")
	switch proto {
	case "HTTP/1.1":
		req.ProtoMinor = 1
	case "HTTP/1.0":
		req.ProtoMinor = 0
	default:
		if len(proto) == len("HTTP/1.1") && strings.HasPrefix(proto, "HTTP/") {
			return &Refused{Status: http.StatusHTTPVersionNotSupported, Why: "this is not HTTP/1.0 or 1.1"}
		}
		return bad("the first line is malformed")
	}
	if err := CheckLine(method, target); err != nil {
		return bad(err.Error())
	}
	u, err := targetURL(method, target, req.URL)
	if err != nil {
		return err
	}
	req.Method, req.RequestURI, req.URL = method, target, u
	req.Proto, req.ProtoMajor = proto, 1
	return nil
}

// targetURL reads what is asked for, in one of the four forms of RFC 9112 §3.2. It uses old's memory if there is one.
func targetURL(method, target string, old *url.URL) (*url.URL, error) {
	if old == nil {
		old = &url.URL{}
	}
	path, query, asked := strings.Cut(target, "?")
	if method != http.MethodConnect && plain(path) {
		*old = url.URL{Path: path, RawQuery: query, ForceQuery: asked && query == ""}
		return old, nil
	}
	raw := target
	switch {
	case method == http.MethodConnect:
		raw = "http://" + target
	case target == "*" && method != http.MethodOptions:
		return nil, bad("only OPTIONS asks for *")
	}
	u, err := url.ParseRequestURI(raw)
	if err != nil {
		return nil, bad("the path is malformed")
	}
	if method == http.MethodConnect {
		if u.Host != target {
			return nil, bad("CONNECT asks for what is no host and port")
		}
		u.Scheme = ""
	} else if target[0] != '/' && target != "*" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		u.User != nil) {
		return nil, bad("the first line asks for what is neither a path nor an http URL")
	}
	return u, nil
}

// plain reports whether a path is one, and nothing in it is escaped or has to be.
func plain(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', c == '-', c == '_', c == '.',
			c == '~':
		default:
			return false
		}
	}
	return true
}
