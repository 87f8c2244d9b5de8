package main

import (
	"fmt"
	"slices"
	"time"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// settling is how long after a release took the traffic a server's word may still be of before: it is sent a few times a
// minute, and by another clock.
const settling = 5 * time.Second

// stateText tells how a service is: what it should be, and where that differs, what its replicas were seen to be.
func stateText(s syntra.Service, servers []syntra.Server) string {
	if s.State != "running" {
		return string(s.State)
	}
	var want, up, restarts int64
	trouble := ""
	for _, target := range s.Placement {
		here := replicasOr(target.Replicas, s.Replicas)
		want += here
		at := slices.IndexFunc(servers, func(server syntra.Server) bool { return server.Id == target.Id })
		if at < 0 || servers[at].Live == nil {
			trouble = "a server is away"
			continue
		}
		if s.Live != nil && servers[at].Live.At.Before(s.Live.Since.Add(settling)) {
			up += here // the server has not looked since
			continue
		}
		for _, i := range servers[at].Live.Instances {
			if i.Labels.Service != s.Id || !hasTraffic(s, i.Labels.Release) {
				continue
			}
			restarts += i.Restarts
			if i.State == "running" {
				up++
			} else if why := ending(i); why != "" {
				trouble = why
			}
		}
	}
	text := "running"
	if up < want {
		text = fmt.Sprintf("%d of %d running", up, want)
		if trouble != "" {
			text += ", " + trouble
		}
	}
	if restarts > 0 {
		text += fmt.Sprintf(", restarted %d×", restarts)
	}
	return text
}

func hasTraffic(s syntra.Service, release string) bool {
	return slices.ContainsFunc(s.Traffic, func(share syntra.Share) bool { return share.ReleaseId == release })
}

// ending tells why a replica does not run.
func ending(i syntra.ReplicaInstance) string {
	switch {
	case i.OomKilled != nil && *i.OomKilled:
		return "out of memory"
	case i.State == "exited" || i.State == "restarting":
		return fmt.Sprintf("exit %d", i.ExitCode)
	}
	return ""
}
