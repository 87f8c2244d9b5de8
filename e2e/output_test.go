package e2e

import (
	"bytes"
	"strings"
	"testing"
)

// jsonLines keeps newline-delimited JSON.
type jsonLines struct{ bytes.Buffer }

// all answers the lines that hold something.
func (o *jsonLines) all() []string {
	return strings.FieldsFunc(o.String(), func(r rune) bool { return r == '\n' })
}

// last answers the last line, or nothing.
func (o *jsonLines) last() []byte {
	lines := o.all()
	if len(lines) == 0 {
		return nil
	}
	return []byte(lines[len(lines)-1])
}

// testWriter passes a child's messages on to the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}
