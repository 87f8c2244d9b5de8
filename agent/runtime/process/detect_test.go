//go:build linux

package process_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/process"
)

func source(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
	}
	return dir
}

// needs leaves a test out where the host lacks a tool.
func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("left out, since this host has no %s", tool)
	}
}

const (
	goServer = `package main

import ("net/http"; "os")

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("go answers")) })
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`
	nodeServer = `require("http").createServer((_, res) => res.end("node answers")).listen(process.env.PORT, "127.0.0.1")` + "\n"
	pyServer   = `import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.prefix.encode())
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), H).serve_forever()
`
	shServer = `node -e 'require("http").createServer((_, res) => res.end("sh answers")).listen(process.env.PORT, "127.0.0.1")'` + "\n"
)

// indented makes a function's body of a script.
func indented(script string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(script), "\n", "\n    ") + "\n"
}

func TestBuild_findsOutHowToRun(t *testing.T) {
	t.Parallel()
	opts := options(t)
	if cache, err := exec.Command("go", "env", "GOCACHE").Output(); err == nil {
		// The standard library is compiled already there; a cache of the test's own would take a minute.
		require.NoError(t, os.MkdirAll(filepath.Join(opts.Dir, "cache"), 0o700))
		require.NoError(t, os.Symlink(string(bytes.TrimSpace(cache)), filepath.Join(opts.Dir, "cache", "go-build")))
	}
	r := open(t, opts)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	for name, c := range map[string]struct {
		tool  string
		files map[string]string
		want  string
	}{
		"Go with main at the root":        {"go", map[string]string{"go.mod": "module example.com/x\n\ngo 1.24\n", "main.go": goServer}, "go answers"},
		"Go with main below cmd":          {"go", map[string]string{"go.mod": "module example.com/x\n\ngo 1.24\n", "cmd/tool/main.go": "package main\n\nfunc main() {}\n", "cmd/server/main.go": goServer}, "go answers"},
		"Node by its start script":        {"node", map[string]string{"package.json": `{"scripts":{"start":"node run/here.js"}}`, "run/here.js": nodeServer}, "node answers"},
		"Node by main":                    {"node", map[string]string{"package.json": `{"main":"start.js"}`, "start.js": nodeServer}, "node answers"},
		"Node by server.js":               {"node", map[string]string{"package.json": `{}`, "server.js": nodeServer}, "node answers"},
		"Node that builds its pages":      {"npm", map[string]string{"package.json": `{"scripts":{"build":"mkdir dist && echo built > dist/index.html"}}`}, "built\n"},
		"static files":                    {"", map[string]string{"index.html": "a page"}, "a page"},
		"pages of one page":               {"", map[string]string{"Staticfile": "root: site\nspa: true\n", "site/index.html": "one page", "index.html": "x"}, "one page"},
		"Python in a virtual environment": {"python3", map[string]string{"requirements.txt": "", "main.py": pyServer}, "/.venv"},
		"Python by a script of its environment": {"python3", map[string]string{"requirements.txt": "./tool\n",
			"tool/setup.py": "from setuptools import setup\nsetup(name='tool', py_modules=['tool'], entry_points={'console_scripts': ['serve=tool:main']})\n",
			"tool/tool.py":  "def main():\n" + indented(pyServer), "Procfile": "web: serve"}, "/.venv"},
		"Procfile": {"node", map[string]string{"Procfile": "web: sh ./run.sh", "run.sh": shServer}, "sh answers"},
		"syntra.yaml over the rest": {"node", map[string]string{
			"syntra.yaml": "build:\n  command: cp made.txt run.sh\nrun:\n  command: sh ./run.sh\n", "made.txt": shServer, "Procfile": "web: false", "index.html": "x"}, "sh answers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.tool != "" {
				needs(t, c.tool)
			}
			var out bytes.Buffer
			built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: source(t, c.files)}, &out)
			require.NoError(t, err, out.String())
			i := start(t, r, runtime.InstanceSpec{Name: "r" + built.Digest[10:20], Digest: built.Digest, Port: 8080})
			body := ""
			eventually(t, "it answers", func() bool {
				_, body, err = fetch("http://" + i.Address + "/")
				return err == nil
			})
			require.True(t, body == c.want || c.want[0] == '/' && strings.HasSuffix(body, c.want), body)
		})
	}
}

func TestBuild_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	main := "package main\n\nfunc main() {}\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a tool it lacks":      {map[string]string{"mix.exs": "app: :x"}, "the server has no mix: install it there with `apt-get install -y elixir`"},
		"nothing":              {map[string]string{"README": ""}, "nothing to build in here"},
		"a Dockerfile alone":   {map[string]string{"Dockerfile": "FROM scratch"}, "needs a Docker engine"},
		"a library":            {map[string]string{"go.mod": "module x\n", "x.go": "package x\n"}, "no main package"},
		"several programs":     {map[string]string{"go.mod": "module x\n", "cmd/a/main.go": main, "cmd/b/main.go": main}, "several main packages (./cmd/a, ./cmd/b)"},
		"a broken package":     {map[string]string{"package.json": "{"}, "not valid JSON"},
		"a package without":    {map[string]string{"package.json": "{}"}, "nothing says how to run"},
		"a broken syntra.yaml": {map[string]string{"syntra.yaml": "runs: x"}, `syntra.yaml:1: unknown key "runs": did you mean "run"?`},
		"a broken Procfile":    {map[string]string{"Procfile": "???"}, "Procfile:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: source(t, c.files)}, io.Discard)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
		})
	}
}

func TestBuild_namesAnArtifactByItsContent(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	build := func(files map[string]string) string {
		built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: source(t, files)}, io.Discard)
		require.NoError(t, err)
		return built.Digest
	}
	same := build(map[string]string{"index.html": "one", "a/b": ""})
	require.Equal(t, same, build(map[string]string{"index.html": "one", "a/b": ""}))
	require.NotEqual(t, same, build(map[string]string{"index.html": "two", "a/b": ""}))
	require.NotEqual(t, same, build(map[string]string{"index.html": "one", "ab": ""}))
	require.NotEqual(t, same, build(map[string]string{"index.html": "one", "a/b": "", "Procfile": "web: true"}))
}

func TestServeStatic(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	dir := source(t, map[string]string{"index.html": "home", "sub/index.html": "sub", "empty/x": "x", ".env": "secret", ".well-known/ok": "known", "404.html": "not here", "about.html": "about"})
	require.NoError(t, os.Symlink("index.html", filepath.Join(dir, "inside.html")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "outside.html")))
	built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: dir}, io.Discard)
	require.NoError(t, err)
	i := start(t, r, runtime.InstanceSpec{Name: "static", Digest: built.Digest, Port: 8080})
	eventually(t, "it answers", func() bool { _, _, err := fetch("http://" + i.Address + "/up"); return err == nil })
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/": {200, "home"}, "/up": {200, "ok\n"}, "/sub/": {200, "sub"}, "/empty/": {404, "not here"}, "/nope": {404, "not here"},
		"/.env": {404, "not here"}, "/.well-known/ok": {200, "known"}, "/../../etc/passwd": {404, "not here"},
		"/about": {200, "about"}, "/inside.html": {200, "home"}, "/outside.html": {404, "not here"},
	} {
		status, body, err := fetch("http://" + i.Address + path)
		require.NoError(t, err)
		require.Equal(t, want.status, status, path)
		require.Equal(t, want.body, body, path)
	}
	require.NoError(t, r.Stop(t.Context(), i.Name, time.Minute))
	all, err := r.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Zero(t, all[0].ExitCode, "SIGTERM ends it well")
}

func start(t *testing.T, r *process.Runtime, spec runtime.InstanceSpec) runtime.Instance {
	t.Helper()
	i, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Remove(context.Background(), spec.Name)) })
	return i
}

func fetch(url string) (int, string, error) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestServeStatic_onePageAnswersForEveryPath(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	dir := source(t, map[string]string{"Staticfile": "pushstate: enabled", "index.html": "the page", "about.html": "about", "404.html": "no"})
	built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: dir}, io.Discard)
	require.NoError(t, err)
	i := start(t, r, runtime.InstanceSpec{Name: "spa", Digest: built.Digest, Port: 8080})
	eventually(t, "it answers", func() bool { _, _, err := fetch("http://" + i.Address + "/up"); return err == nil })
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/": {200, "the page"}, "/users/7": {200, "the page"}, "/about": {200, "about"},
		"/gone.js": {404, "no"}, "/.env": {404, "no"},
	} {
		status, body, err := fetch("http://" + i.Address + path)
		require.NoError(t, err)
		require.Equal(t, want.status, status, path)
		require.Equal(t, want.body, body, path)
	}
}
