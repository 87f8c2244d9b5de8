package service

import (
	"context"
	"time"
)

// suspendGrace is what each replica gets to end, at most.
const suspendGrace = 10 * time.Second

// Suspend stops all replicas, and nothing is revived from then on. What they need to run again stays, and so does the
// intent. end is called first and ends the commands under way: the services are waited for.
func (k *Keeper) Suspend(ctx context.Context, end func()) (err error) {
	k.suspended.Store(true)
	defer func() {
		if err != nil {
			k.suspended.Store(false)
		}
	}()
	end()
	for _, service := range k.state.Services() {
		unlock, err := k.locks.Lock(ctx, service)
		if err != nil {
			return err
		}
		defer unlock()
	}
	list, err := k.runtimes.All(ctx)
	if err != nil {
		return err
	}
	_, err = k.halt(ctx, list, suspendGrace, false)
	return err
}
