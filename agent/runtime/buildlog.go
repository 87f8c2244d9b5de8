package runtime

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/syntra-dev/syntra/agent/mask"
)

// tailLines is how many last lines of a failed build are told in its error.
const tailLines = 15

// BuildLog passes a build's output on, one line a Write, with the secrets' values masked, and remembers its end for the
// error message. It is safe for concurrent use.
type BuildLog struct {
	mu    sync.Mutex
	out   io.Writer
	mask  *mask.Mask
	lines Lines
	tail  []string
}

// NewBuildLog makes a BuildLog over out that hides what the spec says.
func NewBuildLog(out io.Writer, spec BuildSpec) *BuildLog {
	b := &BuildLog{out: out, mask: spec.Mask}
	if b.mask == nil {
		b.mask = mask.Of(spec.Secrets, mask.Secrets)
	}
	b.lines.Emit = func(line []byte) { b.print(string(line)) }
	return b
}

// Write takes output. A failing reader of the log does not fail the build.
func (b *BuildLog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines.Write(p)
}

// Printf writes one line of our own.
func (b *BuildLog) Printf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines.Flush()
	b.print(fmt.Sprintf(format, args...))
}

// Flush emits a last line without line end.
func (b *BuildLog) Flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines.Flush()
}

// Mask hides the secrets' values in s.
func (b *BuildLog) Mask(s string) string { return b.mask.Hide(s) }

// Tail is the end of the output, for an error message.
func (b *BuildLog) Tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.tail, "\n")
}

func (b *BuildLog) print(line string) {
	line = b.mask.Hide(line)
	_, _ = io.WriteString(b.out, line+"\n")
	if strings.TrimSpace(line) == "" {
		return
	}
	if len(line) > 500 {
		line = line[:500] + "…"
	}
	b.tail = append(b.tail, line)
	if len(b.tail) > tailLines {
		b.tail = b.tail[1:]
	}
}
