package detect

import "strings"

// detectShell runs a start script.
func detectShell(t tree, _ Options) *Plan {
	script := t.first("start.sh", "run.sh")
	if script == "" {
		return nil
	}
	p := &Plan{
		Language: "shell",
		Why:      []string{script},
		Start:    "exec sh ./" + script,
		Image:    Image{Build: "debian:stable-slim", Keep: []string{"."}},
	}
	if line, _, _ := strings.Cut(t.text(script), "\n"); strings.HasPrefix(line, "#!") && strings.Contains(line, "bash") {
		p.Start, p.Tools = "exec bash ./"+script, tools("bash")
	}
	return p
}
