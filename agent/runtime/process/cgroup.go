//go:build linux

package process

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// limits are a replica's kernel limits: cgroup v2, or the memory and cpu hierarchies of v1, below the group this process
// is in. Where the kernel does not let us, dirs is empty.
type limits struct {
	dirs   []string // whose cgroup.procs the program joins
	events string   // file with an "oom_kill <n>" line
}

// setLimits makes the groups for a replica. memoryMB and cpus of 0 are no limit.
func setLimits(key string, memoryMB int, cpus float64) limits {
	if memoryMB == 0 && cpus == 0 {
		return limits{}
	}
	bytes := strconv.FormatInt(int64(memoryMB)<<20, 10)
	var l limits
	for controller, own := range ownGroups() {
		dir := filepath.Join(own, "syntra-"+key)
		files := map[string]string{}
		events := ""
		switch {
		case controller == "memory" && memoryMB > 0:
			// Without swap accounting the second file is missing, and the first limit holds alone.
			files["memory.limit_in_bytes"], events = bytes, "memory.oom_control"
		case controller == "cpu" && cpus > 0:
			files["cpu.cfs_period_us"], files["cpu.cfs_quota_us"] = "100000", strconv.Itoa(int(cpus*100_000))
		case controller == "":
			if memoryMB > 0 {
				files["memory.max"], events = bytes, "memory.events"
			}
			if cpus > 0 {
				files["cpu.max"] = fmt.Sprintf("%d 100000", int(cpus*100_000))
			}
		}
		if len(files) == 0 || !makeGroup(dir, files) {
			continue
		}
		if memoryMB > 0 && events != "" {
			_ = os.WriteFile(filepath.Join(dir, "memory.memsw.limit_in_bytes"), []byte(bytes), 0)
			_ = os.WriteFile(filepath.Join(dir, "memory.swap.max"), []byte("0"), 0)
			l.events = filepath.Join(dir, events)
		}
		l.dirs = append(l.dirs, dir)
	}
	return l
}

// limitsKey names an instance's groups by its whole path: two agents of one host may have replicas of one name.
func limitsKey(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:10])
}

func makeGroup(dir string, files map[string]string) bool {
	if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
		return false
	}
	for name, value := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0); err != nil {
			_ = os.Remove(dir)
			return false
		}
	}
	return true
}

// ownGroups answers this process's group folder by v1 controller; "" is the v2 hierarchy where it has controllers.
func ownGroups() map[string]string {
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	groups := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		if f[0] == "0" {
			if dir := filepath.Join("/sys/fs/cgroup", f[2]); exists(filepath.Join(dir, "cgroup.controllers")) {
				groups[""] = dir
			}
			continue
		}
		for controller := range strings.SplitSeq(f[1], ",") {
			if dir := filepath.Join("/sys/fs/cgroup", controller, f[2]); exists(dir) {
				groups[controller] = dir
			}
		}
	}
	return groups
}

// oomKills is how often the kernel ended something in the group for its memory.
func (l limits) oomKills() int {
	raw, err := os.ReadFile(l.events)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			kills, _ := strconv.Atoi(n)
			return kills
		}
	}
	return 0
}

// members are the processes in the groups, which may have left the tree and the process group of the program.
func (l limits) members() []int {
	var pids []int
	for _, dir := range l.dirs {
		raw, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		for _, s := range strings.Fields(string(raw)) {
			if pid, err := strconv.Atoi(s); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// remove deletes the groups; one that is not empty yet stays and is used again by the next start.
func (l limits) remove() {
	for _, dir := range l.dirs {
		_ = os.Remove(dir)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
