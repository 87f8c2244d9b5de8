package api

import (
	"context"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Live is what a server's agent measured last.
type Live struct {
	At         time.Time          `json:"at"`
	CPUPercent float64            `json:"cpu_percent" doc:"Of all cores together." example:"12.5"`
	Memory     wire.Gauge         `json:"memory"`
	Disk       wire.Gauge         `json:"disk"`
	Network    wire.Network       `json:"network"`
	Load1      float64            `json:"load1"`
	Instances  []runtime.Instance `json:"instances" doc:"What runs."`
	Problems   []string           `json:"problems" doc:"What is wrong on the server, and what to do."`
}

// runs reports whether a replica of a name was there at the last heartbeat.
func (l *Live) runs(instance string) bool {
	return slices.ContainsFunc(l.Instances, func(i runtime.Instance) bool { return i.Name == instance })
}

func live(h *wire.Heartbeat) *Live {
	l := &Live{
		At: h.At, CPUPercent: h.CPUPercent, Memory: h.Memory, Disk: h.Disk, Network: h.Network, Load1: h.Load1,
		Instances: h.Instances, Problems: h.Problems,
	}
	if l.Problems == nil {
		l.Problems = []string{}
	}
	if l.Instances == nil {
		l.Instances = []runtime.Instance{}
	}
	return l
}

// liveServers returns the last heartbeats of an organization's servers that are online.
func (a *API) liveServers(ctx context.Context, org string) (map[string]*Live, error) {
	out := map[string]*Live{}
	rows, err := a.Presences(ctx, org)
	if err != nil {
		return nil, err
	}
	for _, p := range rows {
		if p.Online && p.Heartbeat != nil {
			out[p.ServerID] = live(p.Heartbeat)
		}
	}
	return out, nil
}
