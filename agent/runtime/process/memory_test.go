//go:build linux

package process_test

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime/process"
)

// A server that loads its program once and forks its workers holds that memory once.
func TestMemory_countsSharedPagesOnce(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	cmd := exec.Command("sh", "-c", `x=$(head -c 40000000 /dev/zero | tr '\0' x)
		for n in 1 2 3 4 5; do (while :; do sleep 60; done) & done; wait; echo "$x"`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	eventually(t, "all workers run", func() bool {
		resident, _ := process.Memory(cmd.Process.Pid, 0)
		return resident > 200*mb
	})
	resident, together := process.Memory(cmd.Process.Pid, 150*mb)
	require.Less(t, together, int64(150*mb), "%d bytes are resident in all, most of them shared", resident)
}
