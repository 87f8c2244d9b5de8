// Package h1 reads requests of clients and answers of replicas: HTTP/1.1 as RFC 9112 has it, strictly. What could be
// read in two ways is an error. The connections to replicas are shared by strangers: one whose request or answer ends
// elsewhere than the edge believes would give its rest to the next of them. Of answers, a little that only one
// reading is possible for is forgiven (LF alone, folded lines), since replicas are programs of the user; of requests
// nothing is.
package h1

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
)

// ErrMalformed is what every answer is that HTTP/1.1 does not allow.
var ErrMalformed = errors.New("the answer is no HTTP/1.1")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// ReadResponse reads the head of the answer to a request with the method, and returns it with a Body that reads
// exactly what the head declares from r, and the trailers behind it. Close reports whether the connection ends with it.
func ReadResponse(r *bufio.Reader, method string) (*http.Response, error) {
	resp := &http.Response{ProtoMajor: 1, Header: make(http.Header, 8)}
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	if err := statusLine(line, resp); err != nil {
		return nil, err
	}
	if err := readFields(r, resp.Header); err != nil {
		return nil, err
	}
	return resp, frame(r, method, resp)
}

// statusLine reads "HTTP/1.1 200 OK".
func statusLine(line []byte, resp *http.Response) error {
	const version = "HTTP/1."
	n := len(version)
	if len(line) < n+5 || string(line[:n]) != version || line[n] != '0' && line[n] != '1' || line[n+1] != ' ' {
		return malformed("it begins with %.40q", line)
	}
	resp.ProtoMinor = int(line[n] - '0')
	resp.Proto = "HTTP/1.1"
	if resp.ProtoMinor == 0 {
		resp.Proto = "HTTP/1.0"
	}
	for _, c := range line[n+2 : n+5] {
		if c < '0' || c > '9' {
			return malformed("it begins with %.40q", line)
		}
		resp.StatusCode = resp.StatusCode*10 + int(c-'0')
	}
	if rest := line[n+5:]; resp.StatusCode < 100 || len(rest) > 0 && rest[0] != ' ' {
		return malformed("it begins with %.40q", line)
	}
	if resp.Status = "200 OK"; string(line[n+2:]) != resp.Status {
		resp.Status = string(line[n+2:])
	}
	return nil
}

// noBody reports whether an answer has no body whatever its head says.
func noBody(method string, status int) bool {
	return method == http.MethodHead || status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
}
