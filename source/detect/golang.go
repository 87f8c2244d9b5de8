package detect

import (
	"errors"
	"go/build"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

const goBuild = "go build -trimpath -modcacherw -ldflags '-s -w' -o "

// detectGo builds the main packages into bin/, as Heroku's Go buildpack does, and runs the one that is meant.
func detectGo(t tree, o Options) *Plan {
	if !t.has("go.mod") {
		return nil
	}
	p := &Plan{
		Language: "go",
		Why:      t.those("go.mod", "go.work"),
		Tools:    []Tool{tool("go", goVersion(t))},
		Caches:   []string{".cache/go-build", "/go/pkg/mod"},
		Image: Image{
			Build: "golang:" + orName(minor(goVersion(t)), "1"),
			Run:   "debian:stable-slim",
			Early: t.those("go.mod", "go.sum"),
			Keep:  []string{"."},
			Env:   []string{"CGO_ENABLED=0"},
		},
	}
	for module, name := range map[string]string{
		"github.com/gin-gonic/gin": "Gin", "github.com/labstack/echo": "Echo", "github.com/gofiber/fiber": "Fiber",
	} {
		if strings.Contains(t.text("go.mod"), module) {
			p.Framework = name
		}
	}
	if t.has("go.sum") && !t.has("vendor/modules.txt") && !t.has("go.work") {
		p.Install = []string{"go mod download"}
	}
	mains := t.mainPackages()
	if len(mains) == 0 && o.Start == "" {
		p.need("the Go module has no main package: add one at its root or below cmd/, or set run.command in syntra.yaml")
		return p
	}
	if o.Start != "" || o.Build != "" {
		// With a command of its own the binary's name is not ours to know.
		if len(mains) > 0 {
			p.Build = []string{goBuild + "bin/ " + strings.Join(mains, " ")}
		}
		p.Binaries = "bin"
		return p
	}
	choice := chooseMain(mains, o.Service)
	switch choice {
	case "":
		p.Build = []string{goBuild + "bin/ " + strings.Join(mains, " ")}
		p.need("the Go module has several main packages (%s): name the one to run with run.command in syntra.yaml, such as ./bin/%s",
			strings.Join(mains, ", "), path.Base(mains[0]))
		return p
	case ".":
		// The binary of the root is named after the module, which only the build tells.
		p.Build, p.Start = []string{goBuild + "bin/app ."}, "exec ./bin/app"
	default:
		p.Build, p.Start = []string{goBuild + "bin/ " + choice}, "exec ./bin/"+path.Base(choice)
	}
	p.listens(t, path.Join(choice, "main.go"))
	return p
}

var goDirective = regexp.MustCompile(`(?m)^go\s+(\d+\.\d+(?:\.\d+)?)`)

func goVersion(t tree) string {
	if m := goDirective.FindStringSubmatch(t.text("go.mod")); m != nil {
		return m[1]
	}
	return ""
}

// minor cuts a version after its second number.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

func chooseMain(mains []string, service string) string {
	if slices.Contains(mains, ".") {
		return "."
	}
	if len(mains) == 1 {
		return mains[0]
	}
	for _, name := range []string{service, "server", "web", "api", "app"} {
		for _, m := range mains {
			if path.Base(m) == name {
				return m
			}
		}
	}
	return ""
}

// mainPackages returns the root if it is one; else those below cmd/; else all there are. "./x" or ".".
func (t tree) mainPackages() []string {
	if t.isMain(".") {
		return []string{"."}
	}
	var all, cmds []string
	_ = fs.WalkDir(t, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		if !d.IsDir() || name == "." {
			return nil
		}
		base := d.Name()
		if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || t.has(name+"/go.mod") ||
			slices.Contains([]string{"vendor", "testdata", "node_modules"}, base) {
			return fs.SkipDir
		}
		if t.isMain(name) {
			all = append(all, Quote("./"+name))
			if strings.HasPrefix(name, "cmd/") {
				cmds = append(cmds, Quote("./"+name))
			}
		}
		return nil
	})
	if len(cmds) > 0 {
		return cmds
	}
	return all
}

// isMain reports whether a folder is a main package for Linux, by the rules of the go command.
func (t tree) isMain(dir string) bool {
	ctx := build.Default
	ctx.GOOS, ctx.CgoEnabled = "linux", false
	ctx.JoinPath, ctx.SplitPathList = path.Join, strings.Fields
	ctx.IsAbsPath = func(string) bool { return false }
	ctx.HasSubdir = func(string, string) (string, bool) { return "", false }
	ctx.IsDir = func(name string) bool { info, err := fs.Stat(t, name); return err == nil && info.IsDir() }
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return t.Open(name) }
	ctx.ReadDir = func(name string) ([]fs.FileInfo, error) {
		entries, err := fs.ReadDir(t, name)
		var out []fs.FileInfo
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				out = append(out, info)
			}
		}
		return out, err
	}
	pkg, err := ctx.ImportDir(dir, 0)
	var none *build.NoGoError
	return !errors.As(err, &none) && pkg != nil && pkg.Name == "main"
}
