package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/domain"
)

// relayUploadPath is below which a replica gives source archives to other replicas.
const relayUploadPath = InternalPath + "uploads/"

// uploadDigest is what a ticket for an archive is about. It is no command's digest: a command is a JSON object.
func uploadDigest(org, id string) []byte {
	sum := sha256.Sum256([]byte("upload " + org + "/" + id))
	return sum[:]
}

// serveRelayedUpload sends an archive that this replica has to another.
func (h *Hub) serveRelayedUpload(w http.ResponseWriter, r *http.Request) {
	org, id := r.PathValue("org"), r.PathValue("id")
	t, err := h.turnstile.check(r.Header.Get(ticketHeader), time.Now())
	if err == nil && subtle.ConstantTimeCompare(t.Digest, uploadDigest(org, id)) != 1 {
		err = domain.Errorf(domain.Unauthorized, "the ticket is for something else").WithReason("bad_ticket")
	}
	if err != nil {
		h.log.Warn("hub: refused an upload to another replica", "address", r.RemoteAddr, "error", err)
		writeProblem(w, err)
		return
	}
	if h.opts.Uploads == nil {
		writeProblem(w, domain.Errorf(domain.NotFound, "upload %.60q does not exist", id))
		return
	}
	body, size, err := h.opts.Uploads.OpenHere(r.Context(), org, id)
	if err != nil {
		writeProblem(w, err)
		return
	}
	if err := sendArchive(w, body, size); err != nil {
		h.log.Warn(
			"hub: an upload was not sent whole to another replica, which notices",
			"upload",
			id,
			"replica",
			t.From,
			"error",
			err,
		)
	}
}

// FetchUpload opens a source archive that another replica took. It asks one after the other. Where none has it the
// answer is NotFound, or Unavailable where one could not be asked.
func (h *Hub) FetchUpload(ctx context.Context, org, id string) (io.ReadCloser, error) {
	peers, err := h.peers(ctx)
	if err != nil {
		return nil, err
	}
	err = domain.Errorf(domain.NotFound, "upload %q does not exist or has expired: send the directory again", id)
	for _, p := range peers {
		body, askErr := h.askForUpload(ctx, p, org, id)
		switch {
		case askErr == nil:
			return body, nil
		case domain.CodeOf(askErr) == domain.NotFound:
		default:
			h.log.Warn(
				"hub: cannot ask a replica for an upload",
				"replica",
				p.Replica,
				"address",
				p.Address,
				"error",
				askErr,
			)
			err = domain.Errorf(domain.Unavailable, "replica %q of Syntra, which may have upload %q, cannot be asked from"+
				" replica %q at %q (%s): check that replica, and start it with an --internal-address that the others reach",
				p.Replica, id, h.opts.Replica, p.Address, plainCause(askErr)).
				WithReason("replica_unreachable")
		}
	}
	return nil, err
}

// peers are the other replicas that live.
func (h *Hub) peers(ctx context.Context) (all []peer, err error) {
	err = asPlatform(ctx, h.opts.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT replica, address, relay_key FROM hub_replica
			WHERE replica <> $1 AND lease_until > now() ORDER BY replica`, h.opts.Replica)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[peer])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hub: list replicas: %w", err)
	}
	return all, nil
}

func (h *Hub) askForUpload(ctx context.Context, p peer, org, id string) (io.ReadCloser, error) {
	if p.Address == "" {
		return nil, refusalError{"it has no internal address"}
	}
	signed, err := ticket{
		From:   h.opts.Replica,
		To:     p.Replica,
		At:     time.Now().UTC(),
		Nonce:  rand.Text(),
		Digest: uploadDigest(org, id),
	}.signed(p.Key)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(
		ctx,
		http.MethodGet,
		strings.TrimRight(p.Address, "/")+relayUploadPath+org+"/"+id,
		nil,
	)
	if err != nil {
		cancel()
		return nil, err
	}
	req.Header.Set(ticketHeader, signed)
	late := time.AfterFunc(relayDialTimeout, cancel) // for the answer to begin
	res, err := relayClient.Do(req)
	if !late.Stop() && err == nil {
		_ = res.Body.Close() // its context has ended
		err = context.DeadlineExceeded
	}
	if err != nil {
		cancel()
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return &untilClosed{res.Body, cancel}, nil
	}
	defer cancel()
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return nil, domain.Errorf(domain.NotFound, "replica %q has no such upload", p.Replica)
	}
	return nil, refusalError{"it answers " + res.Status}
}

// untilClosed is a body whose request ends when it is closed.
type untilClosed struct {
	io.ReadCloser
	end context.CancelFunc
}

// Close implements io.Closer.
func (u *untilClosed) Close() error {
	err := u.ReadCloser.Close()
	u.end()
	return err
}
