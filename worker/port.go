package worker

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
)

// Hub is the control plane's end of the agents' wire, and the name of the replica it runs on.
type Hub interface {
	activities.Hub
	Replica() string
}

// presence finds agents in the hub's presence rows.
func presence(pool *pgxpool.Pool) activities.Locate {
	return func(ctx context.Context, serverID string) (activities.Location, error) {
		p, err := hub.Locate(ctx, pool, serverID)
		return activities.Location{Online: p.Online, Replica: p.Replica, PeerAddress: p.PeerAddress}, err
	}
}

// port lets activities speak to a hub without knowing it.
type port struct{ hub Hub }

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
