// Package worker runs the workflows and their activities: everything on the shared task queue, and, where this process is
// a hub's replica, the activities that need its agents on the replica's own queue.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// Options of Run. Temporal, Pool, Log and Vault are required.
type Options struct {
	// Temporal is a client of the namespace that Namespace names.
	Temporal client.Client
	// Namespace is made where it does not exist; "" means "default".
	Namespace string
	// Pool of the database with the hub's presence rows.
	Pool *pgxpool.Pool
	Log  *eventstore.Log
	// Hub of this process, a *hub.Hub; nil on a worker that no agent connects to.
	Hub    Hub
	Vault  activities.Vault
	Logger *slog.Logger
	// Locate finds agents; nil reads the hub's presence rows.
	Locate activities.Locate
	// VerifyPatience is how long a release that was routed may take to be seen well; zero means activities.VerifyPatience,
	// which is also the most.
	VerifyPatience time.Duration
	// Ready is called once this process takes work; may be nil.
	Ready func()
}

// stopTimeout is how long activities have to come to an end. Those that wait for an agent give up at once and are taken
// over by another worker.
const stopTimeout = 5 * time.Second

// Run takes work until ctx ends, then lets what is under way finish or be taken over.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Namespace == "" {
		o.Namespace = client.DefaultNamespace
	}
	if err := Prepare(ctx, o.Temporal, o.Namespace, o.Logger); err != nil {
		return err
	}
	fatal := make(chan error, 2)
	common := worker.New(o.Temporal, activities.TaskQueue, options(fatal))
	workflows.Register(common)
	if o.Locate == nil {
		o.Locate = presence(o.Pool)
	}
	RegisterActivities(common, o.Log, o.Temporal, o.Locate)
	workers := []worker.Worker{common}
	if o.Hub != nil {
		own := options(fatal)
		own.DisableWorkflowWorker = true
		atHub := worker.New(o.Temporal, activities.HubQueue(o.Hub.Replica()), own)
		atHub.RegisterActivity(&activities.Agents{Hub: port{o.Hub}, Vault: o.Vault, Log: o.Log, Locate: o.Locate, Patience: min(o.VerifyPatience, activities.VerifyPatience)})
		workers = append(workers, atHub)
	}
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stop(workers[:i])
			return fmt.Errorf("start worker: %w", err)
		}
	}
	defer stop(workers)
	if o.Ready != nil {
		o.Ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("worker: %w", err)
	}
}

// RegisterActivities makes a worker know the activities that any process can do.
func RegisterActivities(r interface{ RegisterActivity(a any) }, log *eventstore.Log, temporal client.Client, locate activities.Locate) {
	facts, slots := &activities.Facts{Log: log}, &activities.Slots{Temporal: temporal}
	r.RegisterActivity(facts)
	r.RegisterActivity(slots)
	r.RegisterActivity(&activities.Plans{Log: log, Locate: locate, Slots: slots})
	r.RegisterActivity(&activities.Fleet{Locate: locate})
	r.RegisterActivity(&activities.Joins{Facts: facts, Slots: slots})
}

func options(fatal chan<- error) worker.Options {
	return worker.Options{
		WorkerStopTimeout: stopTimeout,
		// A cancellation travels with the answer to a heartbeat: a person who cancels waits for this.
		MaxHeartbeatThrottleInterval: time.Second, DefaultHeartbeatThrottleInterval: time.Second,
		MaxConcurrentWorkflowTaskPollers: 4, MaxConcurrentActivityTaskPollers: 4,
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	}
}

func stop(workers []worker.Worker) {
	done := make(chan struct{}, len(workers))
	for _, w := range workers {
		go func() { w.Stop(); done <- struct{}{} }()
	}
	for range workers {
		<-done
	}
}
