package worker

import (
	"context"
	"errors"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
)

// port lets activities speak to a hub without knowing it.
type port struct{ hub *hub.Hub }

func (p port) Do(ctx context.Context, serverID string, cmd wire.Command, note func(string)) (wire.Result, error) {
	res, err := p.hub.Do(ctx, serverID, cmd, note)
	switch {
	case errors.Is(err, hub.ErrOffline):
		err = activities.ErrOffline
	case errors.Is(err, hub.ErrElsewhere):
		err = activities.ErrElsewhere
	}
	return res, err
}
