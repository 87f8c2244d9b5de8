package corpus

import (
	"maps"
	"slices"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// lines are methods and paths that are none.
func lines() []Case {
	late := []string{"h2", "h3"}
	refused := []int{400, 0}
	return []Case{
		{Name: "space in the method", Method: "GET /smuggled HTTP/1.1", Ways: late, Want: refused},
		{Name: "tab in the method", Method: "GET\t/smuggled", Ways: late, Want: refused},
		{Name: "colon in the method", Method: "GET:", Ways: late, Want: refused},
		{Name: "endless method", Method: "G" + long[:200], Ways: late, Want: refused},
		{Name: "line end in the method", Method: "GET / HTTP/1.1\r\nX: ", Ways: late, Want: refused},
		{Name: "space in the path", Method: "GET", Target: "/case HTTP/1.1", Ways: late, Want: refused},
		{Name: "line end in the path", Method: "GET", Target: "/case HTTP/1.1\r\nX:", Ways: late, Want: refused},
		{Name: "NUL in the path", Method: "GET", Target: "/case\x00", Ways: late, Want: refused},
		{Name: "DEL in the path", Method: "GET", Target: "/case\x7f", Ways: late, Want: refused},
		{Name: "fragment in the path", Method: "GET", Target: "/case#x", Want: refused},
		{Name: "bytes that are spaces to some", Method: "GET", Target: "/case/\x85\xa0x", Want: []int{200, 400, 0}},
		{Name: "path without a slash", Method: "GET", Target: "case", Ways: late, Want: refused},
		{Name: "absolute path", Method: "GET", Target: "http://other.test/case", Ways: late, Want: refused},
		{Name: "* for get", Method: "GET", Target: "*", Ways: late, Want: refused},
		{Name: "empty path", Method: "GET", Target: " ", Ways: late, Want: refused},
	}
}

// fieldCases are headers that pretend.
func fieldCases() []Case {
	late := []string{"h2", "h3"}
	return []Case{
		{Name: "encoding where there is none", Fields: []Field{{"transfer-encoding", "chunked"}}, Chunked: true, Body: []string{body}, Ways: late, Want: []int{400, 0}},
		{Name: "encoding in disguise", Method: "GET", Fields: []Field{{"transfer_encoding", "chunked"}, {"content_length", "50"}}, Want: ok},
		{Name: "line end in a value", Method: "GET", Fields: []Field{{"x", "y\r\nContent-Length: 50"}}, Ways: late, Want: []int{400, 0}},
		{Name: "line end in a name", Method: "GET", Fields: []Field{{"x: y\r\ncontent-length", "50"}}, Ways: late, Want: []int{400, 0}},
		{Name: "colon in a name", Method: "GET", Fields: []Field{{"content-length: 50\r\nx", "y"}}, Ways: late, Want: []int{400, 0}},
		{Name: "two lengths", Fields: []Field{{"content-length", "5"}}, Length: length(body), Body: []string{body}, Want: []int{400, 0}},
		{Name: "length is a word", Length: "ten", Chunked: true, Body: []string{body}, Ways: late, Want: []int{400, 0}},
		{Name: "length is signed", Length: "+10", Chunked: true, Body: []string{"0123456789"}, Ways: late, Want: []int{400, 0}},
		{Name: "connection", Method: "GET", Fields: []Field{{"connection", "host, content-length"}}, Ways: late, Want: []int{400, 0}},
		{Name: "another host", Method: "GET", Fields: []Field{{"host", "other.test"}}, Ways: late, Want: []int{200, 400, 0}},
		{Name: "upgrade with a body", Fields: []Field{{"connection", "upgrade"}, {"upgrade", "x"}}, Length: length(body), Body: []string{body}, Ways: []string{"h1"}, Want: ok},
		{Name: "upgrade to what was not asked for", Method: "GET", Behave: "switch", Want: []int{502}},
	}
}

// answered are answers that could be read in two ways.
func answered() []Case {
	var out []Case
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		if name == "switch" {
			continue
		}
		out = append(out, Case{Name: "answer " + name, Method: "GET", Behave: name, Want: []int{200, 204, 304, 502, 0}})
		if name != "longer than declared" && name != "two lengths" {
			out = append(out, Case{Name: "head answer " + name, Method: "HEAD", Behave: name, Want: []int{200, 204, 304, 502, 0}})
		}
	}
	return append(out,
		Case{Name: "hints", Method: "GET", Behave: "hints", Want: ok},
		Case{Name: "hints, chunked", Behave: "hints", Chunked: true, Body: []string{body}, Want: ok},
		Case{Name: "endless hints", Method: "GET", Behave: "many hints", Want: []int{502}},
		Case{Name: "hints with length", Method: "GET", Behave: "hints with length", Want: []int{502}})
}

// raw are what only HTTP/1.1 can say. The request behind them is part of what is sent.
func raw() []Case {
	one := []string{"h1"}
	post := func(name, head, body string, want ...int) Case {
		return Case{Name: name, Raw: "POST /case HTTP/1.1\r\nHost: " + Host + "\r\n" + head + "\r\n" + body, Ways: one, Want: append(want, 400)}
	}
	chunk := "4\r\ncase\r\n0\r\n\r\n"
	return []Case{
		post("length and chunked", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", 200),
		post("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 100\r\n", chunk, 200),
		post("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunk, 501),
		post("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n", chunk, 501),
		post("identity", "Transfer-Encoding: identity\r\nContent-Length: 4\r\n", "case", 501),
		post("xchunked", "Transfer-Encoding: xchunked\r\n", chunk, 501),
		post("chunked with a tab", "Transfer-Encoding:\tchunked\r\n", chunk, 200),
		post("vertical tab", "Transfer-Encoding: \vchunked\r\n", chunk, 501),
		post("space before the colon", "Transfer-Encoding : chunked\r\n", chunk),
		post("folded", "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "case", 200),
		post("two lengths that differ", "Content-Length: 4\r\nContent-Length: 5\r\n", "case"),
		post("lengths in a list", "Content-Length: 4, 4\r\n", "case"),
		post("hexadecimal length", "Content-Length: 0x4\r\n", "case"),
		post("signed length", "Content-Length: +4\r\n", "case"),
		post("bare LF", "X: y\nContent-Length: 4\r\n", "case", 200),
		post("bare CR in a value", "X: y\rContent-Length: 4\r\n", ""),
		post("NUL in a value", "X: \x00\r\n", ""),
		post("chunk size with 0x", "Transfer-Encoding: chunked\r\n", "0x4\r\ncase\r\n0\r\n\r\n", 0),
		post("chunk size too large", "Transfer-Encoding: chunked\r\n", "10000000000000004\r\ncase\r\n0\r\n\r\n", 0),
		post("chunk extension", "Transfer-Encoding: chunked\r\n", "4;x=\"\r\n\r\n"+Smuggled, 200, 0),
		post("bare LF in chunks", "Transfer-Encoding: chunked\r\n", "4\ncase\n0\n\n", 200, 0),
		post("chunk longer than said", "Transfer-Encoding: chunked\r\n", "4\r\ncasecase\r\n0\r\n\r\n", 0),
		post("bad trailer", "Transfer-Encoding: chunked\r\n", "4\r\ncase\r\n0\r\nContent-Length : 5\r\n\r\n", 200, 0),
		{Name: "chunked in HTTP/1.0", Raw: "POST /case HTTP/1.0\r\nHost: " + Host + "\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, Ways: one, Want: []int{200, 400, 501}},
		{Name: "HTTP/1.2", Raw: "GET /case HTTP/1.2\r\nHost: " + Host + "\r\n\r\n", Ways: one, Want: []int{200, 400, 505}},
		{Name: "HTTP/0.9", Raw: "GET /case\r\n\r\n", Ways: one, Want: []int{400}},
		{Name: "two spaces", Raw: "GET  /case HTTP/1.1\r\nHost: " + Host + "\r\n\r\n", Ways: one, Want: []int{400}},
		{Name: "two hosts", Raw: "GET /case HTTP/1.1\r\nHost: " + Host + "\r\nHost: other.test\r\n\r\n", Ways: one, Want: []int{400}},
		{Name: "no host", Raw: "GET /case HTTP/1.1\r\n\r\n", Ways: one, Want: []int{400}},
	}
}
