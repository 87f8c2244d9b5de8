package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// maxLine bounds one line. What all lines may have together is the business of whoever owns the reader.
const maxLine = 1 << 20

// readLine reads a line without its end. It is valid until the next read. LF alone ends a line, too: it cannot be read
// in two ways, and many small programs write it.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxLine {
			var more []byte
			more, err = r.ReadSlice('\n')
			line = append(line, more...)
		}
		if len(line) > maxLine {
			return nil, malformed("a line is longer than %d bytes", maxLine)
		}
	}
	if err == io.EOF && len(line) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
		return nil, malformed("a line holds a CR or NUL: %.40q", line)
	}
	return line, nil
}

// readFields reads header or trailer fields, to the empty line behind them. A folded line goes on with the value of the
// one before it.
func readFields(r *bufio.Reader, into http.Header) error {
	if whole, err := bufferedFields(r, into); whole {
		return err
	}
	last := ""
	for {
		line, err := readLine(r)
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return malformed("the first header line is folded: %.40q", line)
			}
			if !httpguts.ValidHeaderFieldValue(string(line)) {
				return malformed("header line %.40q", line)
			}
			vv := into[last]
			vv[len(vv)-1] = string(trim([]byte(vv[len(vv)-1] + " " + string(trim(line)))))
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !httpguts.ValidHeaderFieldName(string(name)) || !httpguts.ValidHeaderFieldValue(string(value)) {
			return malformed("header line %.40q", line)
		}
		last = textproto.CanonicalMIMEHeaderKey(string(name))
		into[last] = append(into[last], string(trim(value)))
	}
}

// bufferedFields reads fields that are in r's buffer to their end, as they nearly always are, with one string for all
// of them. It reports false, and reads nothing, if they are not, or if a line needs a closer look.
func bufferedFields(r *bufio.Reader, into http.Header) (whole bool, err error) {
	b, _ := r.Peek(r.Buffered())
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 || bytes.HasPrefix(b, []byte("\r\n")) {
		return false, nil
	}
	s := string(b[:end])
	values := make([]string, 0, strings.Count(s, "\r\n")+1)
	if odd(s) {
		return false, nil
	}
	for line := range strings.SplitSeq(s, "\r\n") {
		name, value, err := field(line)
		if err != nil {
			return true, malformed("header line %.40q", line)
		}
		if vv := into[name]; vv != nil {
			into[name] = append(vv, value)
			continue
		}
		n := len(values)
		values = append(values, value)
		into[name] = values[n : n+1 : n+1]
	}
	_, err = r.Discard(end + len("\r\n\r\n"))
	return true, err
}

// odd reports whether a line of s is folded or does not end with CR LF alone.
func odd(s string) bool {
	if s[0] == ' ' || s[0] == '\t' {
		return true
	}
	for i := 0; ; {
		n := strings.IndexByte(s[i:], '\n')
		if n < 0 {
			return false
		}
		i += n + 1
		if i < 2 || s[i-2] != '\r' || i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			return true
		}
	}
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }
