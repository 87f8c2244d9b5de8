//go:build linux

package process

import (
	"fmt"
	"os"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// copyOutput turns a stream of the program into log records. A full disk costs lines, never the program.
func (s *supervisor) copyOutput(r *os.File, stderr bool) {
	defer s.output.Done()
	defer r.Close()
	var batch [][]byte
	lines := runtime.Lines{Emit: func(line []byte) { batch = append(batch, append([]byte(nil), line...)) }}
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		_, _ = lines.Write(buf[:n])
		if err != nil {
			lines.Flush()
		}
		if len(batch) > 0 {
			if err := s.log.append(stderr, batch); err != nil {
				fmt.Fprintln(os.Stderr, "syntra process-shim: log:", err)
			}
			batch = batch[:0]
		}
		if err != nil {
			return
		}
	}
}
