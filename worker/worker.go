// Package worker runs the workflows and their activities. There are three kinds of task queues, each with activity
// slots of its own:
//
//   - activities.TaskQueue ("syntra"): the workflows. No activity runs here.
//   - activities.QuickQueue ("syntra-quick"): activities that any process can do in a moment: they read the log, append
//     to it, signal a build queue or look once for an agent or a workflow. Nothing that waits runs here, so an append
//     never waits for a slot that a waiting activity holds.
//   - activities.HubQueue ("hub:<replica>"): activities that need an agent's socket, at the replica that has it.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
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
	// Artifacts is the registry of this process; nil on a worker that no agent connects to.
	Artifacts activities.Artifacts
	// VerifyPatience is how long a release that was routed may take to be seen well; zero means activities.VerifyPatience,
	// which is also the most.
	VerifyPatience time.Duration
	// Slots bounds how many activities of one task queue run here at a time; zero means the SDK's own bound.
	Slots int
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
	fatal := make(chan error, 3)
	if o.Locate == nil {
		o.Locate = presence(o.Pool)
	}
	facts, slots := &activities.Facts{Log: o.Log}, &activities.Slots{Temporal: o.Temporal}
	common := worker.New(o.Temporal, activities.TaskQueue, o.worker(fatal))
	workflows.Register(common)
	activitiesOnly := o.worker(fatal)
	activitiesOnly.DisableWorkflowWorker = true
	quick := worker.New(o.Temporal, activities.QuickQueue, activitiesOnly)
	for _, a := range []any{
		facts, slots, &activities.Plans{Log: o.Log, Locate: o.Locate, Slots: slots}, &activities.Fleet{Locate: o.Locate},
		&activities.Places{Artifacts: registry.NewPlaces(o.Pool, nil)},
	} {
		quick.RegisterActivity(a)
	}
	workers := []worker.Worker{common, quick}
	if o.Hub != nil {
		agentWorker := worker.New(o.Temporal, activities.HubQueue(o.Hub.Replica()), activitiesOnly)
		agentWorker.RegisterActivity(&activities.Agents{
			Hub: port{o.Hub}, Vault: o.Vault, Log: o.Log, Locate: o.Locate, Artifacts: o.Artifacts,
			Patience: min(o.VerifyPatience, activities.VerifyPatience),
		})
		workers = append(workers, agentWorker)
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

// worker is how each of this process's workers is set up.
func (o Options) worker(fatal chan<- error) worker.Options {
	return worker.Options{
		WorkerStopTimeout: stopTimeout, MaxConcurrentActivityExecutionSize: o.Slots,
		// A cancellation travels with the answer to a heartbeat: a person who cancels waits for this.
		MaxHeartbeatThrottleInterval: time.Second, DefaultHeartbeatThrottleInterval: time.Second,
		Interceptors:                     []interceptor.WorkerInterceptor{&tracer{}},
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
