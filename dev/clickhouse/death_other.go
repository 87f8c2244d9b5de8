//go:build unix && !linux

package clickhouse

import "syscall"

// dieWithParent: without a parent-death signal the child notices the end of its standard input.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
