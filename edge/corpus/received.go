package corpus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// received is a request as the replica read it.
type received struct {
	method, target string
	fields         map[string][]string // names in lower case
	length         int64
	chunked        bool
}

// readLine takes lines that end in CRLF and hold neither of the two elsewhere.
func readLine(br *bufio.Reader) (string, error) {
	s, err := br.ReadString('\n')
	if err == io.EOF && s != "" {
		return "", io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", err
	}
	line, ok := strings.CutSuffix(s, "\r\n")
	if !ok || strings.ContainsAny(line, "\r\n") {
		return "", fmt.Errorf("a line that does not end in CRLF: %.80q", s)
	}
	return line, nil
}

func readHead(br *bufio.Reader) (*received, error) {
	first, err := readLine(br)
	if err != nil {
		return nil, err
	}
	part := strings.Split(first, " ")
	if len(part) != 3 || part[2] != "HTTP/1.1" || !token(part[0]) || part[1] == "" || !visible(part[1]) {
		return nil, fmt.Errorf("first line %.80q", first)
	}
	q := &received{method: part[0], target: part[1], fields: map[string][]string{}}
	for {
		line, err := readLine(br)
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !token(name) {
			return nil, fmt.Errorf("header line %.80q", line)
		}
		name = strings.ToLower(name)
		q.fields[name] = append(q.fields[name], strings.Trim(value, " \t"))
	}
	return q, q.frame()
}

// frame finds out how the body is framed; there is one way, or it is an error.
func (q *received) frame() error {
	cl, te := q.fields["content-length"], q.fields["transfer-encoding"]
	if len(q.fields["host"]) != 1 || len(cl)+len(te) > 1 {
		return fmt.Errorf("host %q, lengths %q, encodings %q", q.fields["host"], cl, te)
	}
	if len(te) == 1 {
		q.chunked = true
		if te[0] != "chunked" {
			return fmt.Errorf("encoding %q", te[0])
		}
	}
	if len(cl) == 1 {
		n, err := strconv.ParseUint(cl[0], 10, 63)
		if err != nil {
			return err
		}
		q.length = int64(n)
	}
	return nil
}

func (q *received) read(br *bufio.Reader) ([]byte, error) {
	if !q.chunked {
		return readN(br, q.length)
	}
	var body []byte
	for {
		line, err := readLine(br)
		if err != nil {
			return body, err
		}
		n, err := strconv.ParseUint(line, 16, 31)
		if err != nil {
			return body, fmt.Errorf("chunk size %.40q", line)
		}
		if n == 0 {
			break
		}
		b, err := readN(br, int64(n))
		if body = append(body, b...); err != nil {
			return body, err
		}
		if end, err := readLine(br); err != nil || end != "" {
			return body, errors.New("a chunk does not end where it should")
		}
	}
	for { // trailers
		line, err := readLine(br)
		if err != nil || line == "" {
			return body, err
		}
		name, _, ok := strings.Cut(line, ":")
		if !ok || !token(name) {
			return body, fmt.Errorf("trailer %.80q", line)
		}
		q.fields["trailer "+strings.ToLower(name)] = []string{line}
	}
}

// readN reads exactly n bytes, or what comes before the end.
func readN(br *bufio.Reader, n int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(br, n))
	if err == nil && int64(len(b)) < n {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func token(s string) bool {
	return s != "" && strings.Trim(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func visible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
