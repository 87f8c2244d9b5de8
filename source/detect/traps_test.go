package detect_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/source/detect"
)

func files(content map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range content {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func only(names ...string) func(string) bool {
	return func(tool string) bool { return slices.Contains(names, tool) }
}

func TestAPackageManagerThatTheHostLacks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		has     []string
		install string
		notice  string
	}{
		"is used where it is there":     {[]string{"node", "npm", "pnpm"}, "pnpm install --no-frozen-lockfile", ""},
		"runs through corepack":         {[]string{"node", "npm", "corepack"}, "corepack pnpm install --no-frozen-lockfile", ""},
		"npm takes its place, and says": {[]string{"node", "npm"}, "npm install", "no pnpm: npm installs instead"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := program(t, "node-pnpm", detect.Options{Has: only(c.has...)})
			require.Equal(t, []string{c.install}, plan.Install)
			require.Empty(t, plan.Lacking(only(c.has...)))
			if c.notice != "" {
				require.Contains(t, plan.Notices[0], c.notice)
			}
		})
	}
}

func TestWhatTheHostLacksIsSaidWithTheCommandThatInstallsIt(t *testing.T) {
	t.Parallel()
	nothing := only()
	for name, command := range map[string]string{
		"ruby-sinatra": "apt-get install -y ruby-full build-essential", "dotnet-web": "apt-get install -y dotnet-sdk-8.0",
		"elixir-phoenix": "apt-get install -y elixir", "deno-serve": "npm install -g deno", "php-plain": "apt-get install -y php-cli",
		"node-bun": "npm install -g bun", "rust-one": "apt-get install -y cargo", "go-root": "apt-get install -y golang-go",
		"java-maven": "apt-get install -y default-jdk-headless", "python-flask": "apt-get install -y python3 python3-venv",
	} {
		lacking := program(t, name, detect.Options{Has: nothing}).Lacking(nothing)
		require.NotEmpty(t, lacking, name)
		require.Equal(t, command, lacking[0].Install, name)
	}
}

func TestWhereASourceIsOfSeveralLanguages(t *testing.T) {
	t.Parallel()
	const start = `{"scripts":{"start":"node server.js"}}`
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"scripts in Python beside a Node program": {
			map[string]string{"package.json": start, "server.js": "", "requirements.txt": "requests", "main.py": ""}, "Node"},
		"a Python server with a start script for its pages": {
			map[string]string{"package.json": start, "requirements.txt": "flask", "app.py": "app = Flask(__name__)"}, "Python, Flask"},
		"Go tools beside a Node program": {
			map[string]string{"go.mod": "module x", "tools.go": "package tools", "package.json": start, "server.js": ""}, "Node"},
		"pages beside a program": {
			map[string]string{"Cargo.toml": "[package]\nname='x'", "src/main.rs": "", "index.html": ""}, "Rust"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := detect.Detect(files(c.files), detect.Options{})
			require.NoError(t, err)
			require.Empty(t, plan.Missing)
			require.Equal(t, c.want, plan.Kind())
		})
	}
}

func TestGivenCommandsWin(t *testing.T) {
	t.Parallel()
	plan := program(t, "node-library", detect.Options{Start: "./serve", Build: "make"})
	require.Equal(t, "./serve", plan.Start)
	require.Equal(t, []string{"make"}, plan.Build)
	require.Empty(t, plan.Install)
	require.Empty(t, plan.Missing)
	require.Empty(t, plan.Lacking(only()), "nobody runs npm")

	plan = program(t, "static-plain", detect.Options{Start: "./serve"})
	require.Nil(t, plan.Static)
	require.Equal(t, "./serve", plan.Start)

	plan = program(t, "go-two-mains", detect.Options{Service: "b"})
	require.Equal(t, "exec ./bin/b", plan.Start, "the service's name chooses")
}

func TestWhatAPersonMightNotExpectIsSaid(t *testing.T) {
	t.Parallel()
	for name, notice := range map[string]string{
		"node-fixed-port": "server.js seems to listen on port 3000 always",
		"node-nodemon":    "the program is started without",
		"python-django":   "migrations are not run",
		"procfile":        "the Procfile's release command is not run: echo migrate",
	} {
		notices := program(t, name, detect.Options{}).Notices
		require.NotEmpty(t, notices, name)
		require.Contains(t, notices[0], notice)
	}
	require.Equal(t, "SECRET_KEY_BASE", program(t, "ruby-rails", detect.Options{}).Env[0].Name)
}

func TestResolve_completesAPlanByWhatWasBuilt(t *testing.T) {
	t.Parallel()
	plan := program(t, "node-pages", detect.Options{})
	built, err := detect.Resolve(files(map[string]string{"out/index.html": "x"}), plan)
	require.NoError(t, err)
	require.Equal(t, &detect.Static{Dir: "out"}, built.Static)
	_, err = detect.Resolve(files(nil), plan)
	require.ErrorContains(t, err, "nothing says how to run it: set run.command in syntra.yaml")

	_, err = detect.Resolve(files(map[string]string{"build/index.html": "x"}), program(t, "node-vite", detect.Options{}))
	require.ErrorContains(t, err, "the build left no dist/index.html")

	plan = program(t, "go-two-mains", detect.Options{Build: "make"})
	built, err = detect.Resolve(files(map[string]string{"bin/what-made-it": "x"}), plan)
	require.NoError(t, err)
	require.Equal(t, "exec ./bin/what-made-it", built.Start)
}

func TestFilesThatAreNotWhatTheySayAreNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"package.json": "package.json is not valid JSON", "composer.json": "composer.json is not valid JSON",
		"pyproject.toml": "pyproject.toml is not valid TOML", "Cargo.toml": "Cargo.toml is not valid TOML",
	} {
		plan, err := detect.Detect(files(map[string]string{name: "{?"}), detect.Options{})
		require.NoError(t, err)
		require.Contains(t, plan.Missing[0], want)
	}
	_, err := detect.Detect(files(map[string]string{"Procfile": "???"}), detect.Options{})
	require.ErrorContains(t, err, `Procfile:1: "???" is not of the form name: command`)
}
