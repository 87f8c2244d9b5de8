package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/eventstore"
)

// Change says that an event has changed a row, and that the row can be read now. Without an ID (and then without an
// organization and a position) it says that the whole model was built anew: any row may be another one.
type Change struct {
	Position     eventstore.Position `json:"position"`
	Organization string              `json:"-"`
	Model        string              `json:"model"` // server, project, service, operation, release, deployment, variable, activity, token, member, invitation
	ID           string              `json:"id"`    // of the row; of a variable: <service id>/<name>
	EventType    string              `json:"event"`
}

// keepChanges is how many positions of the log a client may have missed and still resume.
const keepChanges = 20_000

// writeChanges keeps a batch's changes for live pushes. Those of long ago, in a model that catches up, interest nobody.
func writeChanges(sql *pgx.Batch, changes []Change, after eventstore.Position) {
	var positions []int64
	var models, ids, orgs, types []string
	for _, c := range changes {
		if c.Position > after {
			positions, models, ids = append(positions, int64(c.Position)), append(models, c.Model), append(ids, c.ID)
			orgs, types = append(orgs, c.Organization), append(types, c.EventType)
		}
	}
	if len(positions) == 0 {
		return
	}
	sql.Queue(`INSERT INTO projection_change (pos, model, id, org_id, type)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`, positions, models, ids, orgs, types)
}

// readChanges returns the changes of events in (after, upTo], in order, as far as the scope sees them.
func readChanges(ctx context.Context, pool *pgxpool.Pool, sc scope, after, upTo eventstore.Position) ([]Change, error) {
	var b pgx.Batch
	b.Queue(`SELECT set_config($1, $2, true)`, sc.setting, sc.value)
	b.Queue(`SELECT pos, org_id, model, id, type FROM projection_change WHERE pos > $1 AND pos <= $2 ORDER BY pos, model, id`, int64(after), int64(upTo))
	results := pool.SendBatch(ctx, &b)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Change, error) {
		var c Change
		var pos int64
		err := r.Scan(&pos, &c.Organization, &c.Model, &c.ID, &c.EventType)
		c.Position = eventstore.Position(pos)
		return c, err
	})
}

// ChangesSince returns what an organization's client has missed since a position that it saw. It is not complete where
// the client was away too long, or a model was built anew meanwhile: then the client should load its page anew.
func (r *Runner) ChangesSince(ctx context.Context, org string, after eventstore.Position) (changes []Change, complete bool, err error) {
	var oldest *int64
	var rebuilt, lost int64
	err = r.asProjector(ctx, "public", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT min(pos) FROM projection_change),
			(SELECT coalesce(max(live_from), 0) FROM projection WHERE live),
			coalesce((SELECT upto FROM projection_rewritten), 0)`).Scan(&oldest, &rebuilt, &lost)
	})
	if err != nil {
		return nil, false, fmt.Errorf("projections: read changes: %w", err)
	}
	// What the client has seen may be of an older generation, or lost.
	if at := eventstore.Position(max(rebuilt, lost)); at > 0 && after > 0 && after <= at {
		return nil, false, nil
	}
	upTo := r.settled()
	if after >= upTo {
		return nil, true, nil
	}
	if oldest == nil || eventstore.Position(*oldest) > after {
		return nil, false, nil
	}
	changes, err = readChanges(ctx, r.pool, organizationScope(org), after, upTo)
	if err != nil {
		return nil, false, fmt.Errorf("projections: read changes: %w", err)
	}
	return changes, true, nil
}

// pruneChanges forgets what is older than keepChanges.
func (r *Runner) pruneChanges(ctx context.Context, settled eventstore.Position) error {
	if settled <= keepChanges {
		return nil
	}
	return r.asProjector(ctx, "public", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM projection_change WHERE pos <= $1`, int64(settled-keepChanges))
		return err
	})
}
