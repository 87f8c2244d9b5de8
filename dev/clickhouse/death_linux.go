package clickhouse

import "syscall"

// dieWithParent ends the child the moment its supervisor is killed, so that a restarted platform finds the data directory
// free. It works per thread: the one that starts the child must live as long as the child.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
