package projections

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Prepare makes the tables and views of every read model that has none. They are empty until a Runner fills them.
// Replicas may call it at once.
func Prepare(ctx context.Context, pool *pgxpool.Pool) error { return prepare(ctx, pool, Models()) }

func prepare(ctx context.Context, pool *pgxpool.Pool, models []Model) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('syntra.projections'))`); err != nil {
			return fmt.Errorf("projections: %w", err)
		}
		for _, m := range models {
			var there bool
			err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM projection WHERE name = $1 AND live)`, m.Name).Scan(&there)
			if err != nil {
				return fmt.Errorf("projections: %w", err)
			}
			if there {
				continue
			}
			generation, err := createGeneration(ctx, tx, m)
			if err != nil {
				return err
			}
			if err := goLive(ctx, tx, m, generation); err != nil {
				return err
			}
		}
		return nil
	})
}

// generationSchema is where one generation of a model has its tables.
func generationSchema(model string, generation int) string {
	return fmt.Sprintf("rm_%s_%d", model, generation)
}

// createGeneration makes the empty tables of a model's next generation, which nobody reads yet.
func createGeneration(ctx context.Context, tx pgx.Tx, m Model) (generation int, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO projection (name, generation, version)
		SELECT $1, coalesce(max(generation), 0) + 1, $2 FROM projection WHERE name = $1 RETURNING generation`, m.Name, m.Version).Scan(&generation)
	if err != nil {
		return 0, fmt.Errorf("projections: %s: %w", m.Name, err)
	}
	name := generationSchema(m.Name, generation)
	ddl := []string{"DROP SCHEMA IF EXISTS " + name + " CASCADE", "CREATE SCHEMA " + name, "SET LOCAL search_path = " + name}
	for _, t := range m.Tables {
		ddl = append(ddl, t.ddl())
	}
	ddl = append(ddl, "SET LOCAL search_path = DEFAULT")
	if _, err := tx.Exec(ctx, strings.Join(ddl, ";\n")); err != nil {
		return 0, fmt.Errorf("projections: make the tables of %s: %w", m.Name, err)
	}
	return generation, nil
}

// goLive points the stable views at a generation and removes the ones before it.
func goLive(ctx context.Context, tx pgx.Tx, m Model, generation int) error {
	var ddl []string
	for _, t := range m.Tables {
		if view := t.view(); view != "" {
			// security_invoker: row-level security judges whoever queries, not the view's owner.
			ddl = append(ddl, "DROP VIEW IF EXISTS rm."+view, fmt.Sprintf("CREATE VIEW rm.%s WITH (security_invoker = true) AS SELECT * FROM %s.%s",
				view, generationSchema(m.Name, generation), view))
		}
	}
	rows, err := tx.Query(ctx, `DELETE FROM projection WHERE name = $1 AND generation < $2 RETURNING generation`, m.Name, generation)
	if err != nil {
		return fmt.Errorf("projections: %s: %w", m.Name, err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return fmt.Errorf("projections: %s: %w", m.Name, err)
	}
	for _, g := range old {
		ddl = append(ddl, "DROP SCHEMA IF EXISTS "+generationSchema(m.Name, g)+" CASCADE")
	}
	ddl = append(ddl, fmt.Sprintf("UPDATE projection SET live = true, live_from = CASE WHEN %t THEN pos ELSE 0 END WHERE name = '%s' AND generation = %d",
		len(old) > 0, m.Name, generation))
	if _, err := tx.Exec(ctx, strings.Join(ddl, ";\n")); err != nil {
		return fmt.Errorf("projections: switch %s to generation %d: %w", m.Name, generation, err)
	}
	return nil
}
