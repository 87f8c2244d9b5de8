package api

import (
	"context"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

const (
	// HeaderPosition carries a log position: of a write in its answer, and of what a read must show in its request.
	HeaderPosition = "Syntra-Position"
	// HeaderStale is "true" on a read that was answered although the read models have not reached the position yet.
	HeaderStale = "Syntra-Stale"
)

// patience bounds how long a request waits for the read models.
const patience = 2 * time.Second

// catchUp waits until the read models show what the caller has written. When they lag it answers what is there, and
// says so: an old answer is of more use than none.
func (a *API) catchUp(h http.Header, r *http.Request) error {
	sent := r.Header.Get(HeaderPosition)
	if sent == "" {
		return nil
	}
	position, err := eventstore.ParsePosition(sent)
	if err != nil {
		return domain.Errorf(domain.Invalid, "the header %s must be a position that a write answered", HeaderPosition).WithReason("bad_position")
	}
	if !a.reached(r.Context(), position) {
		h.Set(HeaderStale, "true")
	}
	return nil
}

func (a *API) reached(ctx context.Context, position eventstore.Position) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.Runner.WaitFor(ctx, position) == nil
}

// reachHead waits until the read models show all that is in the log now, for a decision that looks at many things.
func (a *API) reachHead(ctx context.Context) error {
	head, err := a.Log.Head(ctx)
	if err == nil && (!a.reached(ctx, head) || a.Runner.Sound("server", "project", "service") != nil) {
		err = domain.Errorf(domain.Unavailable, "it cannot be told right now what still depends on this: try again in a moment").WithReason("behind")
	}
	return err
}

// readBack returns the row that a write made, from the read models.
func readBack[T any](ctx context.Context, a *API, position eventstore.Position, query func(context.Context) (T, error)) (T, error) {
	a.reached(ctx, position)
	row, err := query(ctx)
	if domain.CodeOf(err) == domain.NotFound {
		return row, domain.Errorf(domain.Unavailable, "the change is made (position %s), but reading it back takes long: read it again in a moment", position).WithReason("behind")
	}
	return row, err
}
