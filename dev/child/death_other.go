//go:build !linux

package child

import (
	"os/exec"
	"syscall"
)

// setParentDeath has nothing to offer outside Linux: there, a child of a killed parent is found and ended at the next start.
func setParentDeath(cmd *exec.Cmd, _ syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}
