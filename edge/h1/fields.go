package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"

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

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }
