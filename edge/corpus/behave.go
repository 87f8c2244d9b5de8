package corpus

import (
	"bufio"
	"io"
	"net"
	"strings"
)

// behave answers a case in the way that its header Behave names, and reports whether the connection goes on. The
// connection always goes on as the standard says: what was declared and not read comes before the next request.
func (r *Replica) behave(c net.Conn, br *bufio.Reader, q *received) bool {
	way := strings.Join(q.fields["behave"], "")
	expects := len(q.fields["expect"]) > 0
	head := ""
	say := func(s string) { io.WriteString(c, s) }
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	if q.method != "HEAD" {
		ok += "case"
	}
	switch way {
	case "early": // the answer before the body, which is read afterwards
		say(ok)
		return r.body(br, q) == nil
	case "early 413":
		say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		return r.body(br, q) == nil
	case "early and close":
		say("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		return false
	case "hints":
		head = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	case "many hints":
		head = strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 20)
	case "hints with length":
		head = "HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\n"
	}
	say(head)
	if expects {
		say("HTTP/1.1 100 Continue\r\n\r\n")
	}
	if r.body(br, q) != nil {
		return false
	}
	if special := answers[way]; special != "" {
		ok = special
	}
	say(ok)
	return way != "until the end"
}

// poison is an answer that nobody asked for.
const poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"

// answers are what a careless or hostile replica may send.
var answers = map[string]string{
	"no content":            "HTTP/1.1 204 No Content\r\n\r\n",
	"no content, a length":  "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n" + "case",
	"not modified":          "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\nEtag: \"x\"\r\n\r\n",
	"not modified, chunked": "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncase\r\n0\r\n\r\n",
	"chunked":               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncase\r\n0\r\n\r\n",
	"chunked with trailer":  "HTTP/1.1 200 OK\r\nTrailer: Check\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncase\r\n0\r\nCheck: 1\r\nContent-Length: 9\r\n\r\n",
	"chunk size is a word":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfour\r\ncase\r\n0\r\n\r\n",
	"bare LF in chunks":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\ncase\n0\n\n",
	"both framings":         "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncase\r\n0\r\n\r\n",
	"two lengths":           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ncase" + poison,
	"the same length twice": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\ncase",
	"longer than declared":  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncase" + poison,
	"head with a body":      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncase",
	"old chunked":           "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncase\r\n0\r\n\r\n",
	"until the end":         "HTTP/1.1 200 OK\r\n\r\ncase",
	"switch":                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n" + poison,
	"gzip, chunked":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\ncase\r\n0\r\n\r\n",
	"folded":                "HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 9\r\nContent-Length: 4\r\n\r\ncase",
}
