//go:build linux

package process

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/syntra-dev/syntra/agent/runtime"
)

type packageJSON struct {
	Main            string            `json:"main"`
	Scripts         map[string]string `json:"scripts"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
}

// detectNode installs by the lock file, runs the build script, and starts by the start script, main, server.js or
// index.js; a project that only builds pages is served as files.
func detectNode(tree string, hasRun bool) (plan, error) {
	raw, err := os.ReadFile(filepath.Join(tree, "package.json"))
	if err != nil {
		return plan{}, err
	}
	var pkg packageJSON
	if err := json.Unmarshal(raw, &pkg); err != nil {
		return plan{}, badSource("package.json is not valid JSON: %v", err)
	}
	manager, install := packageManager(tree)
	if _, err := exec.LookPath(manager); err != nil {
		return plan{}, &runtime.Error{Code: runtime.CodeBadSource, Message: "this is a Node program, but the server has no " + manager +
			" command: install it there, or add a Dockerfile and start Docker"}
	}
	p := plan{kind: "Node package (" + manager + ")"}
	if len(pkg.Dependencies)+len(pkg.DevDependencies) > 0 {
		p.build = append(p.build, install)
	}
	if pkg.Scripts["build"] != "" {
		p.build = append(p.build, manager+" run build")
	}
	if hasRun {
		return p, nil
	}
	p.runAfter = func(tree string) (string, string) { return startNode(tree, pkg, manager) }
	return p, nil
}

func packageManager(tree string) (manager, install string) {
	switch {
	case isFile(filepath.Join(tree, "pnpm-lock.yaml")):
		return "pnpm", "pnpm install --frozen-lockfile"
	case isFile(filepath.Join(tree, "yarn.lock")):
		return "yarn", "yarn install --frozen-lockfile"
	case isFile(filepath.Join(tree, "package-lock.json")):
		return "npm", "npm ci"
	}
	return "npm", "npm install"
}

func startNode(tree string, pkg packageJSON, manager string) (run, static string) {
	if start := pkg.Scripts["start"]; start != "" {
		if pkg.Scripts["prestart"]+pkg.Scripts["poststart"] != "" {
			return manager + " start", ""
		}
		return start, "" // without npm between: it costs memory and swallows exit codes and signals
	}
	for _, entry := range []string{pkg.Main, "server.js", "index.js"} {
		if entry != "" && isFile(filepath.Join(tree, entry)) {
			return "exec node " + quote(entry), ""
		}
	}
	for _, folder := range []string{"dist", "build", "out", "public", "."} {
		if isFile(filepath.Join(tree, folder, "index.html")) {
			return "", folder
		}
	}
	return "", ""
}
