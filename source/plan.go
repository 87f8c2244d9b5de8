package source

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/syntra-dev/syntra/source/detect"
)

// Plan returns how the source in dir is built and run. A build command of the service's settings wins over syntra.yaml,
// which wins over what the language suggests; a run command of syntra.yaml wins over the Procfile, which wins over the
// language. has reports whether the host has a tool; nil: all of them. A source that cannot be deployed as it is is a
// *runtime.Error of code CodeBadSource that says what to change.
func Plan(dir, service, command string, has func(tool string) bool) (detect.Plan, error) {
	file, err := Config(dir)
	if err != nil {
		return detect.Plan{}, err
	}
	o := detect.Options{Service: service, Build: command, Has: has}
	if file != nil {
		o.Service, o.Start = cmp.Or(file.Service, service), file.Run.Command
		o.Build = cmp.Or(command, file.Build.Command)
	}
	root, err := os.OpenRoot(dir) // links that lead out of the source are not followed
	if err != nil {
		return detect.Plan{}, fmt.Errorf("read the source: %w", err)
	}
	defer root.Close()
	plan, err := detect.Detect(root.FS(), o)
	if err != nil {
		return plan, badSource("%v", err)
	}
	if len(plan.Missing) > 0 {
		return plan, badSource("%s", strings.Join(plan.Missing, "; "))
	}
	return plan, nil
}
