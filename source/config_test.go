package source_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/source"
)

var update = flag.Bool("update", false, "write docs/schema/syntra.schema.json anew")

const full = `# everything at once
project: shop
service: web
build:
  runtime: docker
  dockerfile: deploy/Dockerfile
  target: final
  args: {FLAVOUR: vanilla, VERSION: 3, DEBUG: true}
  secrets: [NPM_TOKEN]
  command: make
  timeout_seconds: 60
run:
  command: ./server
  port: 3000
  replicas: 2
  cpus: 0.5
  memory_mb: 256
  disk_mb: 512
  stop_grace_seconds: 5
health: {path: /healthz, interval_millis: 100, timeout_seconds: 1, deadline_seconds: 30}
rollout:
  drain_seconds: 10
  websocket_drain_seconds: 20
  rollback_window_seconds: 300
  agent_deadline_seconds: 60
domains:
  - shop.example.com
placement:
  - {server: fra-1, replicas: 2}
  - {server: ams-1, replicas: 1}
`

func TestParseConfig_readsEverything(t *testing.T) {
	t.Parallel()
	f, err := source.ParseConfig("syntra.yaml", []byte(full))
	require.NoError(t, err)
	require.Equal(t, "shop", f.Project)
	require.Equal(t, map[string]string{"FLAVOUR": "vanilla", "VERSION": "3", "DEBUG": "true"}, f.Build.Args)
	require.Equal(t, service.Run{Command: "./server", Port: 3000, Replicas: 2, CPUs: 0.5, MemoryMB: 256, DiskMB: 512, StopGraceSeconds: 5}, f.Run)
	require.Equal(t, []string{"shop.example.com"}, f.Domains)
	require.Equal(t, []source.Target{{Server: "fra-1", Replicas: 2}, {Server: "ams-1", Replicas: 1}}, f.Placement)
	requireNoZero(t, reflect.ValueOf(*f), "")
}

// requireNoZero fails when the file above leaves out a key: then a new field of the settings is not in the test.
func requireNoZero(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			requireNoZero(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
		return
	}
	require.False(t, v.IsZero(), "%s is not read", path)
}

func TestParseConfig_refusesWithFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"misspelt key":           {"run:\n  comand: x\n", `syntra.yaml:2: unknown key "run.comand": did you mean "command"?`},
		"unknown key":            {"kubernetes: yes\n", `syntra.yaml:1: unknown key "kubernetes": known are project, service, build`},
		"text for a number":      {"run:\n\n  port: eighty\n", `syntra.yaml:3: run.port must be a whole number of 0 or more, not "eighty"`},
		"negative":               {"run: {replicas: -1}\n", "syntra.yaml:1: run.replicas must be a whole number"},
		"over the maximum":       {"run: {port: 70000}\n", "syntra.yaml:1: run.port must be at most 65535"},
		"not of the list":        {"build: {runtime: podman}\n", `build.runtime must be one of docker, process, not "podman"`},
		"list for a text":        {"run: {command: [a, b]}\n", "syntra.yaml:1: run.command must be a string"},
		"text for a list":        {"domains: a.example.com\n", "syntra.yaml:1: domains must be a list"},
		"text for a section":     {"build: make\n", "syntra.yaml:1: build must be a mapping"},
		"twice":                  {"run: {port: 1, port: 2}\n", "run.port is there twice"},
		"alias":                  {"build: &b {command: x}\nrun: *b\n", "syntra.yaml:2: run is an alias"},
		"bad YAML":               {"run: [\n", "syntra.yaml: yaml: "},
		"leaving the source":     {"build: {dockerfile: ../../etc/passwd}\n", "stay inside the source"},
		"a host that is none":    {"domains: [https://x]\n", "has a scheme"},
		"a health path that isn": {"health: {path: up}\n", "start it with /"},
		"a list as the file":     {"- a\n", "syntra.yaml:1: the file must be a mapping"},
		"infinity":               {"run: {cpus: .inf}\n", "run.cpus must be a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := source.ParseConfig("syntra.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.want)
			require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
		})
	}
}

func TestConfig_overridesOnlyWhatItSays(t *testing.T) {
	t.Parallel()
	f, err := source.ParseConfig("syntra.yaml", []byte("run: {port: 3000}\nbuild: {args: {B: '2'}}\nhealth:\n"))
	require.NoError(t, err)
	base := service.Config{
		Source: service.Source{Kind: service.Git, Repository: "https://example.com/r", Branch: "main"},
		Run:    service.Run{Port: 8080, Replicas: 3}, Build: service.Build{Args: map[string]string{"A": "1"}}, Health: service.Health{Path: "/ok"},
	}
	over, err := f.Overrides()
	require.NoError(t, err)
	got, err := base.Overlay(over)
	require.NoError(t, err)
	require.Equal(t, service.Run{Port: 3000, Replicas: 3}, got.Run)
	require.Equal(t, map[string]string{"A": "1", "B": "2"}, got.Build.Args)
	require.Equal(t, "/ok", got.Health.Path)
	require.Equal(t, base.Source, got.Source)
	require.Equal(t, map[string]string{"A": "1"}, base.Build.Args, "the base was changed")
	var none *source.File
	over, err = none.Overrides()
	require.NoError(t, err)
	got, err = base.Overlay(over)
	require.NoError(t, err)
	require.Equal(t, base, got)
}

func TestConfig_ofASource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := source.Config(dir)
	require.NoError(t, err)
	require.Nil(t, f)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "syntra.yaml"), nil, 0o600))
	f, err = source.Config(dir)
	require.NoError(t, err)
	require.Equal(t, &source.File{}, f)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "syntra.yaml"), []byte(strings.Repeat("#", 1<<20)), 0o600))
	_, err = source.Config(dir)
	require.ErrorContains(t, err, "over the limit")
}

func TestProcfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	types, err := source.Procfile(dir)
	require.NoError(t, err)
	require.Empty(t, types)
	file := filepath.Join(dir, "Procfile")
	require.NoError(t, os.WriteFile(file, []byte("# processes\nweb: bin/server --port=$PORT\r\nworker:bin/worker\n\n"), 0o600))
	types, err = source.Procfile(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"web": "bin/server --port=$PORT", "worker": "bin/worker"}, types)
	require.NoError(t, os.WriteFile(file, []byte("web: x\njust words\n"), 0o600))
	_, err = source.Procfile(dir)
	require.ErrorContains(t, err, "Procfile:2:")
}

// The published schema is made by `go test ./source -update`.
func TestSchema_isPublished(t *testing.T) {
	t.Parallel()
	got, err := source.Schema()
	require.NoError(t, err)
	file := filepath.Join("..", "docs", "schema", "syntra.schema.json")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run `go test ./source -update`")
	require.True(t, json.Valid(got))
}

func TestSchema_describesEveryKey(t *testing.T) {
	t.Parallel()
	raw, err := source.Schema()
	require.NoError(t, err)
	var check func(path string, node map[string]any)
	check = func(path string, node map[string]any) {
		properties, _ := node["properties"].(map[string]any)
		for name, p := range properties {
			child := p.(map[string]any)
			require.NotEmpty(t, child["description"], "%s.%s has no description: add it to fields.go", path, name)
			check(path+"."+name, child)
		}
	}
	var root map[string]any
	require.NoError(t, json.Unmarshal(raw, &root))
	check("", root)
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := source.ParseConfig("syntra.yaml", raw)
		if err == nil {
			over, err := file.Overrides()
			require.NoError(t, err)
			_, err = service.Config{}.Overlay(over)
			require.NoError(t, err)
		} else {
			require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
		}
	})
}
