package detect_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/syntra-dev/syntra/source/detect"
)

// Whatever a stranger's file holds, detection ends and its plan can be shown.
func FuzzDetect(f *testing.F) {
	for name, content := range map[string]string{
		"package.json": `{"scripts":{"start":"nodemon x.js"},"dependencies":{"next":"1"},"workspaces":[1]}`, "go.mod": "module x",
		"pyproject.toml": "[project]\ndependencies=['flask']", "Cargo.toml": "[workspace]\nmembers=['../*']", "Gemfile": "gem 'rails'",
		"composer.json": `{"require":{}}`, "mix.exs": "app: :x", "Staticfile": "root: ../..", "Procfile": "web: x", "a.csproj": "<x>",
		"pom.xml": "<project>", "build.gradle": "application", "deno.json": "{}", "main.go": "package main", "requirements.txt": "flask",
	} {
		f.Add(name, content)
	}
	f.Add("Cargo.toml", "[workspace]\nmembers=['.']\n[package]\nname='x'")
	f.Fuzz(func(t *testing.T, name, content string) {
		if !fs.ValidPath(name) || name == "." {
			t.Skip("no name of a file")
		}
		source := fstest.MapFS{name: &fstest.MapFile{Data: []byte(content)}}
		plan, err := detect.Detect(source, detect.Options{})
		if err != nil {
			return
		}
		if len(plan.Missing) == 0 && plan.Start == "" && plan.Static == nil && len(plan.Outputs) == 0 && plan.Binaries == "" {
			t.Fatalf("%q: the plan says neither how to run it nor what is missing: %+v", name, plan)
		}
		_ = detect.Dockerfile(plan)
		_, _ = detect.Resolve(source, plan) // an error is fine
	})
}
