package corpus

import "strings"

// long is longer than anything the edge holds or sends at once.
var long = strings.Repeat("0123456789abcdef", 6<<10) // 96 KiB

// body is a body that is a request, should anybody take it for one.
const body = Smuggled

func length(s string) string { return itoa(len(s)) }

// Cases are all cases.
func Cases() []Case {
	var out []Case
	for _, group := range [][]Case{whole(), short(), early(), expecting(), lines(), fieldCases(), answered(), raw()} {
		out = append(out, group...)
	}
	return out
}

// whole are requests that are as they should be, with bodies that look like requests.
func whole() []Case {
	return []Case{
		{Name: "no body", Method: "GET", Want: ok},
		{Name: "head", Method: "HEAD", Want: ok},
		{Name: "length", Length: length(body), Body: []string{body}, Want: ok},
		{Name: "length, long", Length: length(long), Body: []string{long}, Want: ok},
		{Name: "length 0", Length: "0", Want: ok},
		{Name: "chunked", Chunked: true, Body: []string{body, body}, Want: ok},
		{Name: "chunked, long", Chunked: true, Body: []string{long, body}, Want: ok},
		{Name: "chunked, empty", Chunked: true, Want: ok},
		{Name: "get with a body", Method: "GET", Length: length(body), Body: []string{body}, Want: ok},
		{Name: "trailers", Chunked: true, Body: []string{body}, Trailers: []Field{{"x-check", "1"}}, Want: ok},
		{Name: "trailers that frame or pretend", Chunked: true, Body: []string{body}, Trailers: []Field{{"x-forwarded-for", "6.6.6.6"},
			{"cookie", "a=b"}, {"x_forwarded_for", "6.6.6.6"}, {"x-check", "1"}}, Want: ok},
		{Name: "options *", Method: "OPTIONS", Target: "*", Want: ok},
	}
}

// short are requests that end before or behind the end they declared.
func short() []Case {
	return []Case{
		{Name: "short", Length: "100", Body: []string{body}, Ways: []string{"h2", "h3"}, Want: []int{400, 0}},
		{Name: "short, long", Length: itoa(len(long) + 50), Body: []string{long}, Ways: []string{"h2", "h3"}, Want: []int{400, 0}},
		{Name: "nothing of a length", Length: "100", Chunked: true, Ways: []string{"h2", "h3"}, Want: []int{400, 0}},
		{Name: "longer than declared", Length: "10", Body: []string{"0123456789" + body}, Ways: []string{"h2", "h3"}, Want: []int{200, 400, 0}},
		{Name: "longer than declared, long", Length: itoa(len(long)), Body: []string{long, body}, Ways: []string{"h2", "h3"}, Want: []int{200, 400, 0}},
		{Name: "length 0 and a body", Length: "0", Body: []string{body}, Ways: []string{"h2", "h3"}, Want: []int{200, 400, 0}},
		{Name: "cut in the body", Length: "100", Body: []string{body}, Cut: true, Want: []int{400, 0}},
		{Name: "cut in a long body", Length: itoa(len(long) + 50), Body: []string{long}, Cut: true, Want: []int{400, 0}},
		{Name: "cut in chunks", Chunked: true, Body: []string{body}, Cut: true, Want: []int{400, 0}},
		{Name: "cut with a declared trailer", Chunked: true, Body: []string{body}, Cut: true, Trailers: []Field{{"x-check", "1"}}, Want: []int{400, 0}},
	}
}

// early are answers that do not wait for the body.
func early() []Case {
	var out []Case
	for _, behave := range []string{"early", "early 413", "early and close"} {
		want := []int{200, 413}
		out = append(out,
			Case{Name: behave + ", length", Behave: behave, Length: length(body), Body: []string{body}, Want: append(want, 502)},
			Case{Name: behave + ", chunked", Behave: behave, Chunked: true, Body: []string{body}, Want: append(want, 502)},
			Case{Name: behave + ", long", Behave: behave, Length: length(long), Body: []string{long}, Want: append(want, 502)},
			Case{Name: behave + ", the rest late", Behave: behave, Length: itoa(len(long) + len(body)), Body: []string{long}, Late: []string{body}, Want: want},
			Case{Name: behave + ", chunks late", Behave: behave, Chunked: true, Body: []string{"a"}, Late: []string{body}, Want: want},
			Case{Name: behave + ", cut", Behave: behave, Chunked: true, Body: []string{body}, Cut: true, Want: []int{200, 400, 413, 502, 0}},
			Case{Name: behave + ", never ended", Behave: behave, Chunked: true, Body: []string{body}, Open: true, Want: want},
			Case{Name: behave + ", short", Behave: behave, Length: itoa(len(long) + 50), Body: []string{long}, Ways: []string{"h2", "h3"}, Want: []int{200, 400, 413, 502, 0}})
	}
	return out
}

// expecting are requests that wait for leave to send their body.
func expecting() []Case {
	var out []Case
	expect := []Field{{"expect", "100-continue"}}
	for _, behave := range []string{"", "hints", "hints with length", "early", "early 413", "early and close"} {
		want := []int{200, 413}
		if behave == "hints with length" {
			want = []int{502}
		}
		name := "expect, " + behave
		out = append(out,
			Case{Name: name, Behave: behave, Fields: expect, Length: length(body), Body: []string{body}, Want: want},
			Case{Name: name + ", chunked", Behave: behave, Fields: expect, Chunked: true, Body: []string{body}, Want: want},
			Case{Name: name + ", short", Behave: behave, Fields: expect, Length: "100", Body: []string{body}, Ways: []string{"h2", "h3"}, Want: []int{200, 400, 413, 502, 0}},
			Case{Name: name + ", cut", Behave: behave, Fields: expect, Length: "100", Body: []string{body}, Cut: true, Want: []int{200, 400, 413, 502, 0}})
	}
	return append(out, Case{Name: "expect without a body", Method: "GET", Fields: expect, Want: ok})
}

var ok = []int{200}
