package server

import (
	"reflect"

	"github.com/syntra-dev/syntra/domain"
)

// PresenceStream names the stream of what repeats for ever: an agent's connections and losses. The server's own stream
// stays short without them.
func PresenceStream(id string) string { return "presence-" + id }

// Presence is whether the log believes a server's agent to be connected. The last event alone tells it.
type Presence struct {
	Connected bool
	Facts     Connected // of the last connection; zero after a loss
}

// Apply folds one event.
func (p *Presence) Apply(e domain.Event) {
	switch e := e.(type) {
	case Connected:
		p.Connected, p.Facts = true, e
	case Disconnected:
		p.Connected, p.Facts = false, Connected{}
	}
}

// Connect records what the agent says of its host, unless the log says the same already.
func (p *Presence) Connect(c Connected) ([]domain.Event, error) {
	if p.Connected && reflect.DeepEqual(p.Facts, c) {
		return nil, nil
	}
	return []domain.Event{c}, nil
}

// Disconnect records that the agent has not been heard of.
func (p *Presence) Disconnect(reason string) ([]domain.Event, error) {
	if !p.Connected {
		return nil, nil
	}
	return []domain.Event{Disconnected{Reason: reason}}, nil
}
