package imports_test

import (
	"testing"
	"testing/fstest"

	"github.com/syntra-dev/syntra/source/imports"
)

// Whatever a stranger's file holds, reading it ends, and what was read can be written.
func FuzzRead(f *testing.F) {
	f.Add("fly.toml", "app = 'x'\n[[vm]]\nmemory = '1gb'")
	f.Add("render.yaml", "services: [{type: web, envVars: [{key: A, value: 1}]}]")
	f.Add("railway.json", `{"deploy":{"preDeployCommand":["x"]}}`)
	f.Add("config/deploy.yml", "env: {secret: [A:B]}")
	f.Add("app.json", `{"env":{"A":1}}`)
	f.Add("compose.yaml", "services: {web: {build: ., ports: ['80:3000'], healthcheck: {test: curl http://}}}")
	f.Fuzz(func(t *testing.T, name, content string) {
		found, err := imports.Read(fstest.MapFS{name: &fstest.MapFile{Data: []byte(content)}})
		if err != nil {
			return
		}
		for _, file := range found {
			for _, service := range file.Services {
				if _, err := imports.Write(service.Config); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
