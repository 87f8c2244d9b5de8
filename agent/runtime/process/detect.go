//go:build linux

package process

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/source"
)

// plan is how a source is built and run.
type plan struct {
	kind  string   // for a person
	build []string // shell commands
	run   string   // shell command, "" where the tree is served as files
	// runAfter names the run command where only the built tree tells it.
	runAfter func(tree string) (run, static string)
}

// detect reads the source. A build command of the service's settings wins over syntra.yaml, which wins over what the
// language suggests; a run command of syntra.yaml wins over the Procfile, which wins over the language.
func detect(tree, service, command string) (plan, error) {
	file, err := source.Config(tree)
	if err != nil {
		return plan{}, err
	}
	procfile, err := source.Procfile(tree)
	if err != nil {
		return plan{}, err
	}
	run := procfile["web"]
	if file != nil {
		if file.Run.Command != "" {
			run = file.Run.Command
		}
		if command == "" {
			command = file.Build.Command
		}
	}
	p, found, err := detectLanguage(tree, service, run != "", command != "")
	if err != nil {
		return plan{}, err
	}
	if command != "" {
		p.build = []string{command}
	}
	if run != "" {
		p.run = run
	}
	if found || run != "" {
		if p.kind == "" {
			p.kind = "commands of syntra.yaml or Procfile"
		}
		return p, nil
	}
	message := "nothing to build in here: add a go.mod, a package.json, an index.html, a Procfile with a web: line, or a syntra.yaml with run.command"
	if exists(filepath.Join(tree, "Dockerfile")) {
		message = "this source has a Dockerfile, but no Docker engine answers on its server: start Docker there, or say how to run it without (run.command in syntra.yaml)"
	}
	return plan{}, &runtime.Error{Code: runtime.CodeBadSource, Message: message}
}

func detectLanguage(tree, service string, hasRun, hasBuild bool) (plan, bool, error) {
	switch {
	case exists(filepath.Join(tree, "go.mod")):
		p, err := detectGo(tree, service, hasRun, hasBuild)
		return p, true, err
	case exists(filepath.Join(tree, "package.json")):
		p, err := detectNode(tree, hasRun)
		return p, true, err
	case exists(filepath.Join(tree, "index.html")):
		return plan{kind: "static files", runAfter: func(string) (string, string) { return "", "." }}, true, nil
	}
	return plan{}, false, nil
}

// manifest is asked for after the build.
func (p plan) manifest(tree string) (manifest, error) {
	if p.run != "" {
		return manifest{Command: p.run}, nil
	}
	if p.runAfter != nil {
		if run, static := p.runAfter(tree); run != "" || static != "" {
			return manifest{Command: run, Static: static}, nil
		}
	}
	return manifest{}, badSource("the source was built (%s), but nothing says how to run it: set run.command in syntra.yaml, or add a Procfile with a web: line", p.kind)
}

func badSource(format string, args ...any) error {
	return &runtime.Error{Code: runtime.CodeBadSource, Message: fmt.Sprintf(format, args...)}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
