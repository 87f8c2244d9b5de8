package runtime

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Choose answers the runtime for a source: the asked one ("docker", "process"), else docker where the source in dir has
// a Dockerfile (at dockerfile; "" is "Dockerfile"), else process. A Dockerfile is never built as a process unless that is
// asked for: a process is not isolated as a container is. available are the runtimes of this server whose engine answers.
// What is not to be had is an *Error of code CodeNoRuntime.
func Choose(dir, dockerfile, asked string, available []Runtime) (Runtime, error) {
	byName := map[string]Runtime{}
	names := []string{}
	for _, r := range available {
		byName[r.Name()] = r
		names = append(names, r.Name())
	}
	if asked != "" {
		if r := byName[asked]; r != nil {
			return r, nil
		}
		return nil, noRuntime("the service asks for the %s runtime, which this server does not have now (it has: %s): start the engine there, or change build.runtime", asked, list(names))
	}
	wanted := dockerfile != ""
	if !wanted {
		info, err := os.Stat(filepath.Join(dir, "Dockerfile"))
		wanted = err == nil && info.Mode().IsRegular()
	}
	if r := byName["docker"]; r != nil && wanted {
		return r, nil
	}
	if wanted {
		return nil, noRuntime("the service is built from its %s, but no Docker engine answers on this server (it has: %s): "+
			"start Docker there, or set build.runtime to process to build and run it with the server's own tools, "+
			"without a container's isolation", cmp.Or(dockerfile, "Dockerfile"), list(names))
	}
	if r := byName["process"]; r != nil {
		return r, nil
	}
	if byName["docker"] != nil {
		return nil, &Error{Code: CodeBadSource, Message: "the source has no Dockerfile, and this server runs nothing else: add one, or set build.dockerfile"}
	}
	return nil, noRuntime("this server has no runtime: start Docker there, or allow the process runtime")
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
