package runtime

import "bytes"

// MaxLine bounds one line of output, in bytes; a longer one is cut into pieces of this size.
const MaxLine = 1 << 20

// Lines is a writer that cuts a stream into lines (without their line end). It is not safe for concurrent use.
type Lines struct {
	Emit    func(line []byte) // the slice is valid during the call only
	pending []byte
}

// Write takes the next part of the stream. It never fails.
func (l *Lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			l.hold(p)
			break
		}
		if len(l.pending) == 0 && end <= MaxLine {
			l.emit(p[:end])
		} else {
			l.hold(p[:end])
			l.emit(l.pending)
			l.pending = l.pending[:0]
		}
		p = p[end+1:]
	}
	return n, nil
}

// Flush emits a last line that had no line end.
func (l *Lines) Flush() {
	if len(l.pending) > 0 {
		l.emit(l.pending)
		l.pending = nil
	}
}

func (l *Lines) hold(p []byte) {
	for len(l.pending)+len(p) > MaxLine {
		take := MaxLine - len(l.pending)
		l.pending = append(l.pending, p[:take]...)
		l.Emit(l.pending)
		l.pending, p = l.pending[:0], p[take:]
	}
	l.pending = append(l.pending, p...)
}

func (l *Lines) emit(line []byte) { l.Emit(bytes.TrimSuffix(line, []byte("\r"))) }
