//go:build !linux

package postgres

import (
	"os"
	"os/exec"
)

// prepare leaves the library path to the binaries' own rpath.
func prepare(cmd *exec.Cmd, _ Options) error {
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	return nil
}
