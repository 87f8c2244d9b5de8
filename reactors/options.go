package reactors

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/syntra-dev/syntra/eventstore"
	"go.temporal.io/sdk/client"
)

// Options of Run; Pool, Log and Temporal are required.
type Options struct {
	// Pool of the database with the checkpoints. A connection is held for each reactor that this replica runs.
	Pool     *pgxpool.Pool
	Log      *eventstore.Log
	Temporal client.Client
	// Notifications lead to the outbox; nil: nobody is notified.
	Notifications *Notifications
	Logger        *slog.Logger
	// Metrics is where the reactors register their own; nil keeps them private.
	Metrics prometheus.Registerer
	// Retry is how long a failed event waits before its second try; zero means 100 ms. It doubles up to 50 times that. A
	// parked event is tried again after 100 times that, which doubles up to 6400 times.
	Retry time.Duration
	// Tries is how often in a row an event fails before it is parked; zero means 6. Outages do not count.
	Tries int
	// StandBy is how often a replica that has not the turn asks for it; zero means one second.
	StandBy time.Duration
	// StandAside is how long a replica whose program is too old leaves the turn to others; zero means 30 seconds.
	StandAside time.Duration
	// RescueEvery is how often open work is compared with running workflows; zero means 30 seconds.
	RescueEvery time.Duration
	// RescueGrace is how old open work is before the rescuer looks at it; zero means one minute.
	RescueGrace time.Duration
	// WriterHistory is after how many events of its history a service's writer continues as new; zero means as many as
	// the workflow says.
	WriterHistory int
}

func (o Options) signaller() *signaller {
	return &signaller{log: o.Log, temporal: o.Temporal, writerHistory: o.WriterHistory}
}

func (o Options) withDefaults() Options {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	o.Retry = cmp.Or(o.Retry, 100*time.Millisecond)
	o.Tries = cmp.Or(o.Tries, 6)
	o.StandBy = cmp.Or(o.StandBy, time.Second)
	o.StandAside = cmp.Or(o.StandAside, 30*time.Second)
	o.RescueEvery = cmp.Or(o.RescueEvery, 30*time.Second)
	o.RescueGrace = cmp.Or(o.RescueGrace, time.Minute)
	return o
}
