// Package fault lets the crash tests hit an exact moment: at a named point, the process whose pid stands in
// $SYNTRA_FAULTS/<point> is killed -9, once. Without the variable a point costs one comparison.
package fault

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// EnvDir names the folder that holds the faults to come.
const EnvDir = "SYNTRA_FAULTS"

var dir = os.Getenv(EnvDir)

// Point is a moment worth dying at. Names use dots, such as "deploy.shift.begun". When the victim is this process, Point
// does not return.
func Point(name string) {
	if dir == "" {
		return
	}
	file := filepath.Join(dir, name)
	raw, err := os.ReadFile(file)
	if err != nil {
		return
	}
	// Removed before the kill: the next run passes this point.
	if err := os.Remove(file); err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 1 {
		slog.Error("fault: not a pid", "point", name)
		return
	}
	slog.Warn("fault: killing", "point", name, "pid", pid)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		slog.Error("fault: kill", "point", name, "pid", pid, "error", err)
	}
	if pid == os.Getpid() {
		select {} // the signal is under way: nothing after the point may happen
	}
}
