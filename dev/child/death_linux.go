package child

import (
	"os/exec"
	"syscall"
)

func setParentDeath(cmd *exec.Cmd, death syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = death
	// An own group keeps the terminal's Ctrl-C from reaching the child before its parent has shut down in order.
	cmd.SysProcAttr.Setpgid = true
}
