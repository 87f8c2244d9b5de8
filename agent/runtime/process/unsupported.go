//go:build !linux

package process

import (
	"fmt"
	"os"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Runtime does not exist here: shims stand on Linux's process death signals, subreapers and lock kinds.
type Runtime struct{ runtime.Runtime }

// Open refuses with runtime.CodeNoRuntime.
func Open(Options) (*Runtime, error) {
	return nil, &runtime.Error{Code: runtime.CodeNoRuntime, Message: "the process runtime needs Linux: use the docker runtime on this host"}
}

// RunShim refuses.
func RunShim([]string) int {
	fmt.Fprintln(os.Stderr, "syntra process-shim: the process runtime needs Linux")
	return 1
}
