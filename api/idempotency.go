package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// HeaderIdempotencyKey names a request, so that sending it again does the thing once.
const HeaderIdempotencyKey = "Idempotency-Key"

// maxKey is the longest key, in bytes.
const maxKey = 255

// parseIdempotencyKey reads the header's values; none is fine.
func parseIdempotencyKey(values []string) (string, error) {
	bad := domain.Errorf(domain.Invalid, "the header %s must be given once, with 1 to %d visible ASCII characters", HeaderIdempotencyKey, maxKey).WithReason("bad_idempotency_key")
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1 || len(values[0]) == 0 || len(values[0]) > maxKey:
		return "", bad
	}
	for _, c := range []byte(values[0]) {
		if c < '!' || c > '~' {
			return "", bad
		}
	}
	return values[0], nil
}

// command makes the log's command of this request: under the caller's Idempotency-Key, or a new one. What names the
// request's content, without any secret in it: the same key with other content is refused.
func (a *API) command(ctx context.Context, what any) (eventstore.Command, error) {
	req := requestOf(ctx)
	cmd := eventstore.Command{
		ID:           req.who.Organization + "/" + req.route + "/" + req.key,
		Organization: req.who.Organization, Actor: req.who.Actor(),
	}
	if req.key == "" {
		cmd.ID += id.New(id.Command)
		return cmd, nil
	}
	return cmd, a.claimKey(ctx, req, what)
}

func (a *API) claimKey(ctx context.Context, req *request, what any) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("fingerprint of %s: %w", req.route, err)
	}
	sum := sha256.Sum256(raw)
	fingerprint := hex.EncodeToString(sum[:])
	var first string
	err = inOrganization(ctx, a.Pool, req.who.Organization, func(tx pgx.Tx) error {
		// The update changes nothing: it makes a row that is there already come back.
		return tx.QueryRow(ctx, `
			INSERT INTO api_idempotency (org_id, route, key, fingerprint) VALUES ($1, $2, $3, $4)
			ON CONFLICT (org_id, route, key) DO UPDATE SET fingerprint = api_idempotency.fingerprint
			RETURNING fingerprint`, req.who.Organization, req.route, req.key, fingerprint).Scan(&first)
	})
	if err != nil {
		return fmt.Errorf("remember the idempotency key of %s: %w", req.route, err)
	}
	if first != fingerprint {
		return domain.Errorf(domain.Invalid, "this %s was used for another request on this route: use a new key for new content", HeaderIdempotencyKey).WithReason("key_reused")
	}
	return nil
}
