package imports_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/source/imports"
)

// What each tool's file says, as a syntra.yaml, its variables, and what is lost.
func TestWhatOtherToolsAreToldIsKeptOrListed(t *testing.T) {
	t.Parallel()
	for file, c := range map[string]struct {
		says string
		want string
		env  map[string]string
		lost []string
	}{
		"fly.toml": {`
app = "shop"
primary_region = "fra"
kill_timeout = "30s"
[build]
dockerfile = "deploy/Dockerfile"
[env]
LEVEL = "info"
[http_service]
internal_port = 3000
[[http_service.checks]]
path = "/ready"
[processes]
web = "node server.js"
worker = "node worker.js"
[[vm]]
memory = "1gb"
[mounts]
source = "data"
`, `
service: shop
build:
    dockerfile: deploy/Dockerfile
run:
    command: node server.js
    memory_mb: 1024
    port: 3000
    stop_grace_seconds: 30
health:
    path: /ready
`, map[string]string{"LEVEL": "info"}, []string{"processes.worker", "mounts: there are no volumes yet", "primary_region"}},
		"render.yaml": {`
services:
  - {type: web, name: shop, rootDir: ./web, buildCommand: npm ci, startCommand: node server.js, healthCheckPath: /ready,
     numInstances: 2, domains: [shop.example.com], envVars: [{key: LEVEL, value: info}, {key: TOKEN, generateValue: true}]}
  - {type: worker, name: mailer}
databases: [{name: shop-db}]
`, `
service: shop
build:
    command: npm ci
run:
    command: node server.js
    replicas: 2
health:
    path: /ready
domains:
    - shop.example.com
`, map[string]string{"LEVEL": "info", "TOKEN": ""}, []string{"service mailer of type worker", "database shop-db"}},
		"railway.json": {`{"build": {"buildCommand": "make"}, "deploy": {"startCommand": "./serve", "healthcheckPath": "/ready",
			"healthcheckTimeout": 90, "numReplicas": 2, "cronSchedule": "0 0 * * *"}}`, `
build:
    command: make
run:
    command: ./serve
    replicas: 2
health:
    deadline_seconds: 90
    path: /ready
`, nil, []string{"deploy.cronSchedule"}},
		"app.json": {`{"name": "shop", "env": {"A": "1", "B": {"value": "2"}, "C": {"required": true}}, "formation": {"web": {"quantity": 3},
			"worker": {"quantity": 1}}, "addons": ["heroku-postgresql"]}`, `
service: shop
run:
    replicas: 3
`, map[string]string{"A": "1", "B": "2", "C": ""}, []string{"formation.worker", "heroku-postgresql"}},
		"config/deploy.yml": {`
service: shop
image: me/shop
servers: [192.0.2.1]
proxy: {host: shop.example.com, app_port: 3000, healthcheck: {path: /ready}}
env: {clear: {LEVEL: info}, secret: [TOKEN]}
accessories: {db: {image: postgres}}
`, `
service: shop
run:
    port: 3000
health:
    path: /ready
domains:
    - shop.example.com
`, map[string]string{"LEVEL": "info", "TOKEN": ""}, []string{"servers: join them", "accessory db"}},
		"compose.yaml": {`
services:
  web:
    build: {context: ./web, target: release, args: {EDITION: pro}}
    ports: ["80:3000", "9000:9000"]
    environment: [LEVEL=info, TOKEN]
    depends_on: [db]
    volumes: ["uploads:/data", "./etc:/etc/shop"]
    mem_limit: 256m
    healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:3000/ready"]}
  db: {image: "postgres:17"}
volumes: {uploads: {}}
`, `
service: web
build:
    args:
        EDITION: pro
    target: release
run:
    memory_mb: 256
    port: 3000
health:
    path: /ready
`, map[string]string{"LEVEL": "info", "TOKEN": ""}, []string{
			"service db runs the image postgres:17", "port 9000", "depends_on db", "volume uploads at /data", "bind of ./etc at /etc/shop"}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			all, err := imports.Read(fstest.MapFS{file: &fstest.MapFile{Data: []byte(c.says)}})
			require.NoError(t, err)
			require.Len(t, all, 1)
			require.Equal(t, file, all[0].File)
			require.Len(t, all[0].Services, 1)
			service := all[0].Services[0]
			written, err := imports.Write(service.Config)
			require.NoError(t, err)
			_, content, _ := strings.Cut(written, "\n")
			require.Equal(t, strings.TrimPrefix(c.want, "\n"), content)
			require.Equal(t, c.env, service.Env)
			lost := strings.Join(all[0].Lost, "\n")
			for _, words := range c.lost {
				require.Contains(t, lost, words)
			}
			_, err = source.ParseConfig("syntra.yaml", []byte(written))
			require.NoError(t, err, "what is written is read again")
		})
	}
}

func TestAFileThatIsNotWhatItSaysIsNamed(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"fly.toml", "render.yaml", "railway.json", "app.json", "config/deploy.yml", "compose.yaml"} {
		_, err := imports.Read(fstest.MapFS{file: &fstest.MapFile{Data: []byte("{?")}})
		require.ErrorContains(t, err, file+": ")
	}
}
