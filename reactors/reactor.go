package reactors

import (
	"context"
	"log/slog"

	"github.com/syntra-dev/syntra/eventstore"
)

// Names of the reactors, as the checkpoints, the parked events and the metrics have them.
const (
	nameWorkflows     = "workflows"
	nameOpen          = "open"
	nameNotifications = "notifications"
)

// handler does what one event asks for, and reports whether it asked for anything.
type handler func(ctx context.Context, r eventstore.Recorded) (acted bool, err error)

// definition is an entry of the registry.
type definition struct {
	name   string
	filter eventstore.Filter
	handle handler
}

// registry lists all reactors.
func registry(o Options) []definition {
	work := eventstore.Filter{StreamPrefixes: []string{"deployment-", "service-"}}
	all := []definition{
		{name: nameWorkflows, filter: work, handle: o.signaller().handle},
		{name: nameOpen, filter: work, handle: (&ledger{log: o.Log, pool: o.Pool}).handle},
	}
	if o.Notifications != nil {
		all = append(all, notifications(o))
	}
	return all
}

// reactor runs one definition.
type reactor struct {
	definition
	options Options
	log     *slog.Logger
	metrics *metrics
}
