package process

import (
	"log/slog"
	"time"
)

// Options of the adapter.
type Options struct {
	// Dir holds everything: artifacts, instances, caches. One adapter at a time may use it.
	Dir string
	// Shim is the command line that ends in RunShim, such as {"/usr/bin/syntra", "process-shim"}.
	Shim []string
	// StaticServer is the command line that ends in ServeStatic; the directory and the fallback page are appended, and PORT
	// is in its environment.
	StaticServer []string
	// Settle is how long a replica must have run to count as booted. One that ends earlier stays down (a crash at boot,
	// for the deployment to see); one that ends later is restarted. Default 10 s.
	Settle time.Duration
	// PruneAge protects fresh artifacts from Prune: between a build and its release nobody claims them. Default 1 h.
	PruneAge time.Duration
	// LogBytes bounds the log kept for each replica. Default 128 MiB.
	LogBytes int64
	// NoCgroups samples memory even where cgroups could be written, for hosts on which something else owns them.
	NoCgroups bool
	Logger    *slog.Logger
}
