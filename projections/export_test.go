package projections

import (
	"context"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// ArtifactsQuery is what ArtifactsOf asks; its arguments are organization, server and how many releases are kept.
const ArtifactsQuery = `SELECT seq, org_id, to_jsonb(t) FROM rm.release t ` + artifactsOf

// RunnerOf runs given models, for tests that break them or raise their versions.
func RunnerOf(pool *pgxpool.Pool, log *eventstore.Log, logger *slog.Logger, models []Model) *Runner {
	return newRunner(pool, log, logger, models)
}

// Break makes a model's handler of one event type ask first.
func (m *Model) Break(eventType string, ask func(eventstore.Recorded) error) {
	for i, h := range m.Handlers {
		if h.eventType == eventType {
			m.Handlers[i].apply = func(ctx context.Context, b *Batch, r eventstore.Recorded, fact domain.Event) error {
				if err := ask(r); err != nil {
					return err
				}
				return h.apply(ctx, b, r, fact)
			}
		}
	}
}

// TablesOf names a model's tables.
func TablesOf(m Model) (names []string) {
	for _, t := range m.Tables {
		names = append(names, t.name())
	}
	return names
}

// BuildInSmall makes a runner's rebuilds apply few events at a time and keep few rows.
func (r *Runner) BuildInSmall(events, rows int) { r.size = buildSize{events: events, rows: rows} }

// DDLOf returns what makes a model's tables.
func DDLOf(m Model) string {
	var all strings.Builder
	for _, t := range m.Tables {
		all.WriteString(t.ddl())
	}
	return all.String()
}
