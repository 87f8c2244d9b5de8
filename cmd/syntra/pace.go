package main

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/reactors"
)

// paceOptions say how soon parts of the platform act; zero means as usual. Nobody who runs Syntra needs them, so that
// their flags are hidden: a proof that provokes what the parts are for (e2e/proof) does not want to wait for minutes.
type paceOptions struct {
	Heartbeat     time.Duration
	RescueEvery   time.Duration
	RescueGrace   time.Duration
	StandBy       time.Duration
	StandAside    time.Duration
	WriterHistory int
}

func (o *paceOptions) addPaceFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&o.Heartbeat, "heartbeat", 0, "how often agents report")
	f.DurationVar(&o.RescueEvery, "rescue-every", 0, "how often open work is compared with running workflows")
	f.DurationVar(&o.RescueGrace, "rescue-grace", 0, "how old open work is before it is looked at")
	f.DurationVar(&o.StandBy, "stand-by", 0, "how often a replica asks for the turn at the reactors")
	f.DurationVar(&o.StandAside, "stand-aside", 0, "how long a replica that is too old for an event leaves the turn to others")
	f.IntVar(&o.WriterHistory, "writer-history", 0, "after how many events of its history a service's writer continues as new")
	for _, name := range []string{"heartbeat", "rescue-every", "rescue-grace", "stand-by", "stand-aside", "writer-history"} {
		_ = f.MarkHidden(name) // fails for unknown names only
	}
}

// reactors are the options of package reactors.
func (o platformOptions) reactors(
	pool *pgxpool.Pool, log *eventstore.Log, temporal client.Client, metrics prometheus.Registerer,
	notifications *reactors.Notifications,
) reactors.Options {
	return reactors.Options{
		Pool:          pool,
		Log:           log,
		Temporal:      temporal,
		Logger:        o.Logger,
		Metrics:       metrics,
		Notifications: notifications,
		StandBy:       o.StandBy,
		StandAside:    o.StandAside,
		RescueEvery:   o.RescueEvery,
		RescueGrace:   o.RescueGrace,
		WriterHistory: o.WriterHistory,
	}
}
