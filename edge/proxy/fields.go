package proxy

import (
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/edge/peer"
)

// dropped are the headers that never travel on as they came: hop-by-hop ones (RFC 9110 §7.6.1), those the edge writes
// itself, those by which a client could pretend to be a proxy, and one that CGI programs take for their configuration.
var dropped = map[string]bool{
	"Connection": true, "Proxy-Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true,
	"Proxy-Authorization": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Http2-Settings": true, "Content-Length": true, "Host": true, "Expect": true, "Proxy": true,
	"Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Proto": true, "X-Forwarded-Host": true,
	"X-Forwarded-Port": true, "X-Forwarded-Server": true, "X-Forwarded-Ssl": true, "X-Forwarded-Scheme": true,
	"X-Real-Ip": true, "X-Request-Id": true, "X-Request-Start": true,
	peer.ServiceHeader: true, peer.ReleaseHeader: true, peer.GreetingHeader: true, peer.UnservedHeader: true,
}

// travels reports whether a header goes on to the replica. connection is what the Connection header names.
func travels(name string, connection []string) bool {
	return !dropped[name] && !shadows(name) && (connection == nil || !connectionNames(connection, name))
}

// shadows reports whether a program could take the header for one that the edge writes or drops. CGI and what came
// after it (WSGI, Rack, PHP) turns "-" into "_", and some turn every other sign into it, too: X_Forwarded_For and
// X-Forwarded-For are one variable there, and the client's may win.
func shadows(name string) bool {
	odd := func(c rune) bool { return !alphanumeric(c) && c != '-' }
	if strings.IndexFunc(name, odd) < 0 {
		return false
	}
	return dropped[http.CanonicalHeaderKey(strings.Map(func(c rune) rune {
		if alphanumeric(c) {
			return c
		}
		return '-'
	}, name))]
}

func alphanumeric(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// trailing reports whether a field may stand behind a body. Programs merge those into the headers: what would not
// travel as a header does not travel there, nor what decides who asks or how to read the body (RFC 9110 §6.5.1).
func trailing(name string) bool {
	switch name {
	case "Authorization", "Cookie", "Content-Encoding", "Content-Type", "Content-Range", "Range", "Set-Cookie":
		return false
	}
	return travels(name, nil)
}
