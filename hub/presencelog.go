package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// announceTries bounds how often an announcement looks for the end of its stream.
const announceTries = 10

// appendPresence brings a presence stream to what decide wants, without reading the stream from its start. revision is
// where the row believes the stream's end to be; the stream's end is returned.
func (t *presenceTable) appendPresence(ctx context.Context, org, serverID string, revision eventstore.Revision,
	decide func(*server.Presence) ([]domain.Event, error),
) (eventstore.Revision, error) {
	stream := server.PresenceStream(serverID)
	for range announceTries {
		state, end, err := t.lastPresence(ctx, stream, revision)
		if err != nil {
			return revision, err
		}
		revision = end
		events, err := decide(state)
		if err != nil || len(events) == 0 {
			return revision, err
		}
		command := "hub/presence/" + serverID + "/" + rand.Text()
		actor := domain.Actor{Kind: domain.ActorAgent, ID: serverID}
		meta := eventstore.Command{ID: command, Organization: org, Actor: actor}.Meta(ctx)
		rows := make([]eventstore.NewEvent, len(events))
		for i, e := range events {
			kind, version, data, err := t.log.Codec.Encode(e)
			if err != nil {
				return revision, err
			}
			rows[i] = eventstore.NewEvent{ID: id.EventID(command, i), Type: kind, Version: version, Data: data, Meta: meta}
		}
		at, err := t.log.Append(ctx, stream, revision, rows...)
		if errors.Is(err, eventstore.ErrConflict) {
			continue
		}
		if err != nil {
			return revision, fmt.Errorf("append to %s: %w", stream, err)
		}
		return at.Revision, nil
	}
	return revision, domain.Errorf(domain.Unavailable, "too many writers on %s: try again", stream)
}

// lastPresence returns what the stream's last event says and its revision. It starts at the revision that the row
// knows. A row that was lost starts at the beginning: steps that double, then halve, find the end in few reads.
func (t *presenceTable) lastPresence(ctx context.Context, stream string, known eventstore.Revision) (
	*server.Presence, eventstore.Revision, error,
) {
	state, end := &server.Presence{}, eventstore.NoStream
	reach := func(at eventstore.Revision) (bool, error) {
		for r, err := range t.log.Read(ctx, stream, at) {
			if err != nil {
				return false, fmt.Errorf("read %s: %w", stream, err)
			}
			e, err := t.log.Codec.Decode(r.Type, r.Version, r.Data)
			if err != nil {
				return false, fmt.Errorf("read %s at revision %d: %w", stream, r.Revision, err)
			}
			*state, end = server.Presence{}, r.Revision
			state.Apply(e)
			return true, nil
		}
		return false, nil
	}
	if known >= 0 {
		if there, err := reach(known); err != nil {
			return state, end, err
		} else if !there { // the log was restored to an earlier state
			known = eventstore.NoStream
		}
	}
	step := eventstore.Revision(1)
	for ; ; step *= 2 {
		if there, err := reach(end + step); err != nil {
			return state, end, err
		} else if !there {
			break
		}
	}
	for step /= 2; step > 0; step /= 2 {
		if _, err := reach(end + step); err != nil {
			return state, end, err
		}
	}
	return state, end, nil
}
