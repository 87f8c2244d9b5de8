// Package host measures the machine that an agent runs on.
package host

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"

	"github.com/syntra-dev/syntra/agent/wire"
)

// Facts are what does not change while the agent runs.
type Facts struct {
	Hostname, OS, Arch string
	Cores              int
	MemoryBytes        int64
}

// Describe answers the host's facts; what cannot be read stays zero.
func Describe(ctx context.Context) Facts {
	f := Facts{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU()}
	f.Hostname, _ = os.Hostname()
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		f.MemoryBytes = int64(m.Total)
	}
	return f
}

// Measure fills the host's part of a heartbeat. The CPU is measured since the last call. dir is the directory whose disk
// counts. What cannot be read stays zero: a heartbeat must go out on any system.
func Measure(ctx context.Context, dir string, hb *wire.Heartbeat) {
	hb.At = time.Now().UTC()
	if p, err := cpu.PercentWithContext(ctx, 0, false); err == nil && len(p) == 1 {
		hb.CPUPercent = min(max(p[0], 0), 100)
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		hb.Memory = wire.Gauge{Used: int64(m.Total - m.Available), Total: int64(m.Total)}
	}
	if d, err := disk.UsageWithContext(ctx, dir); err == nil {
		hb.Disk = wire.Gauge{Used: int64(d.Used), Total: int64(d.Total)}
	}
	if n, err := net.IOCountersWithContext(ctx, false); err == nil && len(n) == 1 {
		hb.Network = wire.Network{Received: int64(n[0].BytesRecv), Sent: int64(n[0].BytesSent)}
	}
	if l, err := load.AvgWithContext(ctx); err == nil {
		hb.Load1 = l.Load1
	}
}
