package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/source/detect"
)

// FirstHourArgs of `syntra dev`: what people bring is built with this machine's tools.
var FirstHourArgs = []string{"--runtime", "process"}

// mustFail says by which words the programs fail that cannot be deployed as they are.
var mustFail = map[string]string{
	"node-library":    "add a start script to package.json",
	"node-workspace":  "set source.directory",
	"node-fixed-port": "the program listens on [::]:3000, not on port",
	"python-library":  "name its file main.py or app.py",
	"go-two-mains":    "several main packages (./cmd/a, ./cmd/b)",
	"go-library":      "no main package",
	"rust-two-bins":   "several binaries (a, b)",
	"procfile-no-web": "the Procfile has no web: line (only worker)",
	"dockerfile-only": "needs a Docker engine",
	"nothing":         "nothing to build in here",
}

// foundOnly are sources that show what is found and are no whole programs.
var foundOnly = []string{"java-spring", "node-cra", "ruby-rails", "php-laravel", "elixir-phoenix"}

// FirstHourFigures is what FirstHour saw.
type FirstHourFigures struct {
	Programs, Worked int
	// Refused are the programs that had to fail; Told those of them that said what mends it.
	Refused, Told int
	Seconds       []float64
	Wrongs        []string
}

// Median is the seconds from `syn deploy` to the first answer.
func (f FirstHourFigures) Median() float64 {
	if len(f.Seconds) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(f.Seconds))[len(f.Seconds)/2]
}

// Wrong says which program is not as promised.
func (f FirstHourFigures) Wrong() error {
	if len(f.Wrongs) > 0 || f.Programs == 0 {
		return errors.New("promised: every program works, or fails with what mends it:\n" + strings.Join(f.Wrongs, "\n"))
	}
	return nil
}

func (f FirstHourFigures) String() string {
	return fmt.Sprintf("first-hour: worked %d of %d, told what to change %d of %d, median %.1f s to the first answer",
		f.Worked, f.Programs, f.Told, f.Refused, f.Median())
}

// Corpus is where the programs are that people might bring.
func Corpus() string { return filepath.Join(harness.Root(), "source", "detect", "testdata", "corpus") }

// FirstHour deploys programs of the corpus as they are, one after the other; none named: all of them.
func FirstHour(ctx context.Context, p *harness.Platform, progress io.Writer, names ...string) (FirstHourFigures, error) {
	var f FirstHourFigures
	if len(names) == 0 {
		folders, err := os.ReadDir(Corpus())
		if err != nil {
			return f, err
		}
		for _, folder := range folders {
			names = append(names, folder.Name())
		}
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		words, err := failsBy(name)
		if err != nil {
			return f, err
		}
		if words == "" && slices.Contains(foundOnly, name) {
			continue
		}
		began := time.Now()
		deployed, err := p.DeployDir(ctx, filepath.Join(Corpus(), name), "first-hour", name)
		if err == nil && words == "" {
			err = says(ctx, p, deployed.ServiceID, name)
		}
		took := time.Since(began)
		if words != "" {
			f.refused(progress, name, words, deployed, err)
			continue
		}
		f.Programs++
		if err != nil {
			f.Wrongs = append(f.Wrongs, name+": "+err.Error())
			fmt.Fprintf(progress, "  %s: FAILED: %v\n", name, err)
			continue
		}
		f.Worked++
		f.Seconds = append(f.Seconds, took.Seconds())
		fmt.Fprintf(progress, "  %s: answers after %.1f s\n", name, took.Seconds())
	}
	return f, nil
}

// says checks that a program answers with its name.
func says(ctx context.Context, p *harness.Platform, serviceID, name string) error {
	service, err := p.Service(ctx, serviceID)
	if err != nil {
		return err
	}
	status, body, err := p.Fetch(ctx, service.Host, "/")
	if err == nil && (status != http.StatusOK || !strings.Contains(body, name)) {
		err = fmt.Errorf("it answers %d %.200q, which does not say %q", status, body, name)
	}
	return err
}

// refused judges a program that must not work here.
func (f *FirstHourFigures) refused(progress io.Writer, name, words string, d harness.Deployed, err error) {
	f.Refused++
	said := d.Reason
	if err != nil {
		said += err.Error()
	}
	if err == nil || !strings.Contains(said, words) {
		f.Wrongs = append(f.Wrongs, fmt.Sprintf("%s: it should fail and say %q, and says: %s", name, words, said))
		fmt.Fprintf(progress, "  %s: WRONG: %s\n", name, said)
		return
	}
	f.Told++
	fmt.Fprintf(progress, "  %s: refused with %q\n", name, words)
}

// failsBy is by which words a program must fail on this machine: its own, or the command that installs what is missing
// here. "": it must work.
func failsBy(name string) (string, error) {
	if words := mustFail[name]; words != "" {
		return words, nil
	}
	has := func(tool string) bool { _, err := exec.LookPath(tool); return err == nil }
	plan, err := detect.Detect(os.DirFS(filepath.Join(Corpus(), name)), detect.Options{Service: name, Has: has})
	if err != nil {
		return "", err
	}
	if lacking := plan.Lacking(has); len(lacking) > 0 {
		return lacking[0].Install, nil
	}
	return "", nil
}
