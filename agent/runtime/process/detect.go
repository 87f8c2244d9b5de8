//go:build linux

package process

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/source/detect"
)

// planOf reads how a source is built and run with this host's tools. What the host lacks is said here, before anything is
// built.
func planOf(tree, service, command string) (detect.Plan, error) {
	plan, err := source.Plan(tree, service, command, onPath)
	if err != nil {
		return plan, err
	}
	return plan, lacking(plan)
}

// lacking is an error that names the plan's tools which this host does not have.
func lacking(plan detect.Plan) error {
	var names, commands []string
	for _, t := range plan.Lacking(onPath) {
		names = append(names, strings.TrimSpace(t.Name+" "+t.Version))
		commands = append(commands, t.Install)
	}
	if len(names) == 0 {
		return nil
	}
	return badSource("this is a %s source, but the server has no %s: install it there with `%s`, "+
		"or start a Docker engine there and set build.runtime: docker in syntra.yaml",
		plan.Kind(), strings.Join(names, " and no "), strings.Join(commands, " && "))
}

func onPath(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

// sayPlan writes what was found into the build's log.
func sayPlan(log *runtime.BuildLog, plan detect.Plan) {
	log.Printf("source: %s, by %s", plan.Kind(), strings.Join(plan.Why, ", "))
	if plan.Dockerfile != "" {
		log.Printf("note: the source has a %s, which is not used: it is built with this server's tools instead", plan.Dockerfile)
	}
	for _, notice := range plan.Notices {
		log.Printf("note: %s", notice)
	}
	for _, v := range plan.Env {
		log.Printf("note: the program needs the variable %s: %s (syn env set)", v.Name, v.Why)
	}
}

// runBy completes the plan by the built tree and returns how the tree is run.
func runBy(tree string, plan detect.Plan) (manifest, error) {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return manifest{}, fmt.Errorf("read the built tree: %w", err)
	}
	defer root.Close()
	plan, err = detect.Resolve(root.FS(), plan)
	if err != nil {
		return manifest{}, badSource("%v", err)
	}
	if plan.Static != nil {
		return manifest{Static: plan.Static.Dir, Fallback: plan.Static.Fallback}, nil
	}
	return manifest{Command: plan.Start}, nil
}

func badSource(format string, args ...any) error {
	return &runtime.Error{Code: runtime.CodeBadSource, Message: fmt.Sprintf(format, args...)}
}
