package registry

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
)

// room returns how many bytes an organization may still bring. It fails where the quota is passed already. Those who
// change what it counts and then ask it in the same transaction come one after the other, so that two do not both take
// the last room.
func (r *Registry) room(ctx context.Context, tx pgx.Tx, org string) (int64, error) {
	if r.opts.Quota <= 0 {
		return math.MaxInt64 - 1, nil
	}
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('syntra artifact quota ' || $1, 0))`, org)
	if err != nil {
		return 0, err
	}
	used, err := used(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	if used > r.opts.Quota {
		return 0, r.overQuota()
	}
	return r.opts.Quota - used, nil
}

func used(ctx context.Context, tx pgx.Tx, org string) (bytes int64, err error) {
	err = tx.QueryRow(ctx, `SELECT (SELECT coalesce(sum(size_bytes), 0) FROM artifact_blob WHERE org_id = $1)
		+ (SELECT coalesce(sum(size_bytes), 0) FROM artifact_upload WHERE org_id = $1)
		+ (SELECT coalesce(sum(octet_length(content)), 0) FROM artifact_manifest WHERE org_id = $1)`, org).Scan(&bytes)
	return bytes, err
}

// Used returns how many bytes an organization's artifacts take, and how many they may (0: as many as there is room).
func (r *Registry) Used(ctx context.Context, org string) (bytes, quota int64, err error) {
	err = r.of(ctx, org, func(tx pgx.Tx) error {
		bytes, err = used(ctx, tx, org)
		return err
	})
	return bytes, r.opts.Quota, wrap(err, "sum what is used")
}

func (r *Registry) overQuota() error {
	err := artifact.Errorf(
		artifact.Denied,
		"quota: the artifacts of this organization would take more than its %s. Delete services"+
			" that are not needed any more; what their releases leave is freed within %s. Or let whoever runs Syntra"+
			" raise --registry-quota",
		Bytes(r.opts.Quota),
		r.opts.Grace*2,
	)
	err.Detail = artifact.DetailQuota
	return err
}

// Bytes writes a size for a person.
func Bytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	size, i := float64(n), 0
	for size >= 1024 && i < len(units)-1 {
		size, i = size/1024, i+1
	}
	return fmt.Sprintf("%.4g %s", size, units[i])
}
