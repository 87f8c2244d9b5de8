package runtime

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Wanted is what a source asks of the server that builds it.
type Wanted struct {
	// Dir holds the source.
	Dir string
	// Dockerfile is its place inside the source where the settings name one; "" is Dockerfile, if it is there.
	Dockerfile string
	// Runtime is the one that the settings ask for: "docker", "process" or "".
	Runtime string
	// LacksTools reports whether the server lacks tools that a build as a process would need.
	LacksTools func() bool
}

// Choose returns the runtime for a source: the one asked for; docker where it has a Dockerfile, or where the server lacks
// the tools to build it without one; else process. A Dockerfile is never built as a process unless that is asked for: a
// process is not isolated as a container is. available are the runtimes of this server whose engine answers. What is not to
// be had is an *Error of code CodeNoRuntime.
func Choose(w Wanted, available []Runtime) (Runtime, error) {
	byName := map[string]Runtime{}
	names := []string{}
	for _, r := range available {
		byName[r.Name()] = r
		names = append(names, r.Name())
	}
	docker, process := byName["docker"], byName["process"]
	if w.Runtime != "" {
		if r := byName[w.Runtime]; r != nil {
			return r, nil
		}
		return nil, noRuntime("the service asks for the %s runtime, which this server does not have now (it has: %s): "+
			"start the engine there, or change build.runtime", w.Runtime, list(names))
	}
	switch hasFile := w.hasDockerfile(); {
	case hasFile && docker == nil:
		return nil, noRuntime("the service is built from its %s, but no Docker engine answers on this server (it has: %s): "+
			"start Docker there, or set build.runtime to process to build and run it with the server's own tools, "+
			"without a container's isolation", cmp.Or(w.Dockerfile, "Dockerfile"), list(names))
	case hasFile, docker != nil && (process == nil || w.LacksTools()):
		return docker, nil
	case process != nil:
		return process, nil
	}
	return nil, noRuntime("this server has no runtime: start Docker there, or allow the process runtime")
}

func (w Wanted) hasDockerfile() bool {
	if w.Dockerfile != "" {
		return true
	}
	info, err := os.Stat(filepath.Join(w.Dir, "Dockerfile"))
	return err == nil && info.Mode().IsRegular()
}

func noRuntime(format string, args ...any) error {
	return &Error{Code: CodeNoRuntime, Message: fmt.Sprintf(format, args...)}
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
