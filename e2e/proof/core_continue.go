package proof

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/workflows"
)

const (
	// askers and asks are how many requests come at once, and how many each of them makes in a round.
	askers, asks = 4, 8
	// patience bounds how long a request may take that has its turn.
	patience = time.Minute
)

// continueAsNew asks a service's writer for operations from several sides without a pause, so that it continues as new
// again and again while signals are on their way to it. Each operation must end.
func (f *CoreFigures) continueAsNew(ctx context.Context, p *harness.Platform, serviceID string) error {
	ids, err := askAtOnce(ctx, p, serviceID)
	if err != nil {
		return err
	}
	f.Requests += len(ids)
	for _, id := range ids {
		if err := operationEnds(ctx, p, serviceID, id); err != nil {
			f.wrong(&f.LostRequests, err)
		}
	}
	runs, err := runsOf(ctx, p, workflows.ServiceID(serviceID))
	if err != nil {
		return err
	}
	f.Continued, f.InFlight = 0, 0 // the runs are those of all rounds
	for _, run := range runs {
		if run.continued {
			f.Continued++
		}
		if run.continued && run.interrupted {
			f.InFlight++
		}
	}
	return nil
}

// askAtOnce asks for operations and answers their ids.
func askAtOnce(ctx context.Context, p *harness.Platform, serviceID string) (ids []string, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			for range asks {
				id, failed := scale(ctx, p, serviceID)
				mu.Lock()
				if failed == nil {
					ids = append(ids, id)
				} else {
					err = failed
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ids, err
}

// scale asks for as many replicas as there are: an operation that changes nothing.
func scale(ctx context.Context, p *harness.Platform, serviceID string) (operationID string, err error) {
	var o projections.Operation
	err = p.Do(ctx, http.MethodPost, "/services/"+serviceID+"/operations", map[string]any{"kind": "scale", "replicas": 1}, &o)
	return o.ID, err
}

// operationEnds waits until an operation has succeeded. The ones before it have ended, or nearly so.
func operationEnds(ctx context.Context, p *harness.Platform, serviceID, id string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var o projections.Operation
		err := p.Do(ctx, http.MethodGet, "/services/"+serviceID+"/operations/"+id, nil, &o)
		if err == nil && o.Status == "succeeded" {
			return nil
		}
		if err == nil && o.Status == "failed" {
			return fmt.Errorf("operation %s failed: %s", id, o.Reason)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("operation %s stands at %q: %w (%w)", id, o.Status, ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
