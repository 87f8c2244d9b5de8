package harness

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Leftovers are the pids of all processes whose command line or working folder names the data folder.
func Leftovers(dataDir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		proc := filepath.Join("/proc", e.Name())
		cmdline, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		cwd, _ := os.Readlink(filepath.Join(proc, "cwd"))
		if len(cmdline) == 0 { // a zombie or a kernel thread
			continue
		}
		if strings.Contains(string(cmdline), dataDir) || cwd == dataDir || strings.HasPrefix(cwd, dataDir+"/") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ResidentBytes is a process's resident memory, or 0.
func ResidentBytes(pid int) int64 {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}
