package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/source/detect"
)

// generatedFile is the name of a Dockerfile that Syntra writes into the copy of a source that has none.
const generatedFile = ".syntra.Dockerfile"

// leftOut is what a generated image never needs from the source, where it has no .dockerignore.
const leftOut = ".git\n**/node_modules\n**/.venv\n**/__pycache__\n.env\n.env.*\ntarget\n"

// generate writes a Dockerfile by what the source is, shows it in the build's log, and returns its name.
func generate(spec runtime.BuildSpec, log *runtime.BuildLog) (name string, done func(), err error) {
	plan, err := source.Plan(spec.Dir, spec.Service, spec.Command, nil)
	if err != nil {
		return "", nil, err
	}
	text := detect.Dockerfile(plan)
	log.Printf("source: %s, by %s; it has no Dockerfile, so it is built by this one:", plan.Kind(), strings.Join(plan.Why, ", "))
	for line := range strings.Lines(text) {
		log.Printf("  %s", strings.TrimSuffix(line, "\n"))
	}
	for _, notice := range plan.Notices {
		log.Printf("note: %s", notice)
	}
	for _, v := range plan.Env {
		log.Printf("note: the program needs the variable %s: %s (syn env set)", v.Name, v.Why)
	}
	files := map[string]string{generatedFile: text}
	if _, err := os.Stat(filepath.Join(spec.Dir, ".dockerignore")); errors.Is(err, fs.ErrNotExist) {
		files[generatedFile+".dockerignore"] = leftOut
	}
	done = func() {
		for name := range files {
			_ = os.Remove(filepath.Join(spec.Dir, name))
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(spec.Dir, name), []byte(content), 0o600); err != nil {
			done()
			return "", nil, fmt.Errorf("build: write the generated Dockerfile: %w", err)
		}
	}
	return generatedFile, done, nil
}
