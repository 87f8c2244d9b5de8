package clickhouse

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// tail passes the child's output on and remembers its last line, which says why the child ended.
type tail struct {
	out io.Writer
	mu  sync.Mutex
	end []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if extra := len(t.end) - tailBytes; extra > 0 {
		t.end = append([]byte(nil), t.end[extra:]...)
	}
	return t.out.Write(p)
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.end), []byte("\n"))
	return strings.TrimSpace(string(lines[len(lines)-1]))
}
