//go:build linux

package process

import (
	"errors"
	"go/build"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// detectGo builds the main packages into bin/, as Heroku's Go buildpack does, and runs the one that is meant.
func detectGo(tree, service string, hasRun, hasBuild bool) (plan, error) {
	if _, err := exec.LookPath("go"); err != nil && !hasBuild {
		return plan{}, &runtime.Error{Code: runtime.CodeBadSource, Message: "this is a Go program, but the server has no go command: install Go there, or add a Dockerfile and start Docker"}
	}
	mains, err := mainPackages(tree)
	if err != nil {
		return plan{}, err
	}
	if len(mains) == 0 && !hasRun {
		return plan{}, badSource("the Go module has no main package: add one at its root or below cmd/, or set run.command in syntra.yaml")
	}
	p := plan{kind: "Go module"}
	if len(mains) > 0 {
		p.build = []string{"go build -trimpath -modcacherw -ldflags '-s -w' -o bin/ " + strings.Join(quoted(mains), " ")}
	}
	if hasRun || hasBuild {
		// With a build command of its own the binary's name is not ours to know.
		p.runAfter = soleBinary
		return p, nil
	}
	choice, err := chooseMain(mains, service)
	if err != nil {
		return plan{}, err
	}
	if choice == "." {
		// The binary of the root is named after the module, which only the build tells.
		p.build = []string{"go build -trimpath -modcacherw -ldflags '-s -w' -o bin/app ."}
		p.run = "exec ./bin/app"
		return p, nil
	}
	p.run = "exec ./bin/" + path.Base(choice)
	return p, nil
}

func chooseMain(mains []string, service string) (string, error) {
	if len(mains) == 1 || slices.Contains(mains, ".") {
		return map[bool]string{true: ".", false: mains[0]}[slices.Contains(mains, ".")], nil
	}
	for _, name := range []string{service, "server", "web", "api", "app"} {
		for _, m := range mains {
			if path.Base(m) == name {
				return m, nil
			}
		}
	}
	return "", badSource("the Go module has several main packages (%s): name the one to run with run.command in syntra.yaml, such as ./bin/%s",
		strings.Join(mains, ", "), path.Base(mains[0]))
}

// mainPackages answers the root if it is one; else those below cmd/; else all there are. "./x" or ".".
func mainPackages(tree string) ([]string, error) {
	if isMain(tree) {
		return []string{"."}, nil
	}
	var all, cmds []string
	err := filepath.WalkDir(tree, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || p == tree {
			return err
		}
		if name := d.Name(); strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "vendor" || name == "testdata" || name == "node_modules" || isFile(filepath.Join(p, "go.mod")) {
			return filepath.SkipDir
		}
		if isMain(p) {
			rel, err := filepath.Rel(tree, p)
			if err != nil {
				return err
			}
			all = append(all, "./"+rel)
			if strings.HasPrefix(rel, "cmd/") {
				cmds = append(cmds, "./"+rel)
			}
		}
		return nil
	})
	if len(cmds) > 0 {
		return cmds, err
	}
	return all, err
}

func isMain(dir string) bool {
	pkg, err := build.ImportDir(dir, 0)
	var none *build.NoGoError
	return !errors.As(err, &none) && pkg != nil && pkg.Name == "main"
}

func soleBinary(tree string) (string, string) {
	found, err := filepath.Glob(filepath.Join(tree, "bin", "*"))
	if err != nil || len(found) != 1 {
		return "", ""
	}
	return "exec " + quote("./bin/"+filepath.Base(found[0])), ""
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(s)
	}
	return out
}

// quote makes one word of the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
