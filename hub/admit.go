package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
)

// caller is an agent whose token was good.
type caller struct {
	org, server, instance string
	hash                  string // of the token that it showed
}

var (
	errNoToken  = domain.Errorf(domain.Unauthorized, "agents show their token as `Authorization: Bearer …`").WithReason("no_token")
	errBadToken = domain.Errorf(domain.Unauthorized, "this agent token is unknown: make a new one with `syn server token <name>`").WithReason("bad_token")
	errRemoved  = domain.Errorf(domain.Unauthorized, "this server was removed from its organization: add it again with `syn server add`").WithReason("server_removed")
)

// instancePattern is what an installation's random id looks like.
var instancePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// lookupTries and lookupPause bridge the moment between a token's event and the read model that knows it.
const (
	lookupTries = 6
	lookupPause = 200 * time.Millisecond
)

// admit says who calls, binding the server to the agent installation at its first call.
func (h *Hub) admit(ctx context.Context, r *http.Request) (caller, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" || len(token) > 512 {
		return caller{}, errNoToken
	}
	c := caller{instance: r.Header.Get(wire.InstanceHeader), hash: hashOf(token)}
	if !instancePattern.MatchString(c.instance) {
		return caller{}, domain.Errorf(domain.Invalid, "header %s must hold the agent installation's id (16 to 64 letters or digits)", wire.InstanceHeader).WithReason("bad_instance")
	}
	var err error
	if c.org, c.server, err = h.lookup(ctx, c.hash); err != nil {
		return caller{}, err
	}
	_, err = eventstore.Execute(ctx, h.opts.Log, server.Stream(c.server), eventstore.Command{
		// New each time: an earlier admission must not stand for a later one. The server's state makes it idempotent.
		ID:           "hub/admit/" + c.server + "/" + rand.Text(),
		Organization: c.org, Actor: domain.Actor{Kind: domain.ActorAgent, ID: c.server},
	}, func(s *server.Server) ([]domain.Event, error) {
		if s.Removed {
			return nil, errRemoved
		}
		return s.Admit(c.instance, c.hash)
	})
	return c, err
}

func (h *Hub) lookup(ctx context.Context, hash string) (org, serverID string, err error) {
	for try := range lookupTries {
		org, serverID, err = h.opts.Lookup(ctx, hash)
		if code := domain.CodeOf(err); err == nil || (code != domain.NotFound && code != domain.Unauthorized) {
			return org, serverID, err
		}
		if try == 0 {
			select {
			case h.guesses <- struct{}{}:
				defer func() { <-h.guesses }()
			default:
				return "", "", errBadToken // too many strangers at once to wait for each
			}
		}
		select {
		case <-ctx.Done():
			return "", "", context.Cause(ctx)
		case <-time.After(lookupPause):
		}
	}
	return "", "", errBadToken
}

// hashOf is how tokens are known: SHA-256 in hex. Tokens hold 256 random bits, so no salt is needed.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
