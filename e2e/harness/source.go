package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Source is a folder to deploy. Files named in Marks are made in it (see e2e/service).
type Source struct {
	Dir     string
	Version string
	Marks   map[string]string
	// Docker adds a Dockerfile; without it the process runtime runs the program.
	Docker bool
}

// program is the test service, built once per test binary.
var program = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(Root(), ".syntra", "e2e")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	out := filepath.Join(dir, "service")
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", out, "./e2e/service")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if raw, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the test service: %w\n%s", err, raw)
	}
	return out, nil
})

// Write makes the folder, replacing what an earlier version left.
func (s Source) Write() error {
	if err := os.RemoveAll(s.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	binary, err := program()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	files := map[string]string{
		"VERSION":     s.Version + "\n",
		"syntra.yaml": "run:\n  command: ./service\nhealth:\n  path: /up\n",
	}
	if s.Docker {
		files["Dockerfile"] = "FROM scratch\nCOPY . /\nEXPOSE 8080\nENTRYPOINT [\"/service\"]\n"
		files["syntra.yaml"] = "health:\n  path: /up\n"
	}
	for name, text := range s.Marks {
		files[name] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(s.Dir, "service"), raw, 0o755)
}

// Deployed is what `syn deploy --json` prints at its end.
type Deployed struct {
	DeploymentID string `json:"deployment_id"`
	ServiceID    string `json:"service_id"`
	ReleaseID    string `json:"release_id"`
	Status       string `json:"status"`
	URL          string `json:"url"`
	Reason       string `json:"reason"`
}

// Deploy writes the source and deploys it with syn, waiting for its end. A failed deployment is an error; the last line
// of what syn printed is answered all the same.
func (p *Platform) Deploy(ctx context.Context, s Source, project, service string, more ...string) (Deployed, error) {
	if err := s.Write(); err != nil {
		return Deployed{}, err
	}
	return p.DeployDir(ctx, s.Dir, project, service, more...)
}

// DeployDir deploys a folder as it is with syn, like Deploy.
func (p *Platform) DeployDir(ctx context.Context, dir, project, service string, more ...string) (Deployed, error) {
	args := []string{"deploy", dir, "--project", project, "--service", service, "--server", "this-machine", "--json"}
	out, err := p.Syn(ctx, append(args, more...)...)
	d, parseErr := lastJSON[Deployed](out)
	if err != nil {
		return d, err
	}
	return d, parseErr
}

// lastJSON reads the last line of newline-delimited JSON.
func lastJSON[T any](out []byte) (T, error) {
	var last T
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines[len(lines)-1]) == 0 {
		return last, errors.New("syn printed nothing")
	}
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		return last, fmt.Errorf("syn printed no JSON: %w\n%s", err, out)
	}
	return last, nil
}
