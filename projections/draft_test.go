package projections_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
)

// draft is a log in memory that a world can tell things to. It is written into a database at once, which takes seconds
// where appending as many events takes minutes.
type draft struct {
	eventstore.Store // nothing else is asked of it
	streams          map[string][]eventstore.Recorded
	all              []eventstore.Recorded
}

func (d *draft) Append(
	_ context.Context, stream string, expected eventstore.Revision, events ...eventstore.NewEvent,
) (eventstore.Appended, error) {
	if expected != eventstore.Revision(len(d.streams[stream])-1) {
		return eventstore.Appended{}, eventstore.ErrConflict
	}
	for _, e := range events {
		r := eventstore.Recorded{
			Position: eventstore.Position(len(d.all) + 1),
			Stream:   stream,
			Revision: eventstore.Revision(len(d.streams[stream])),
			ID:       e.ID,
			Type:     e.Type,
			Version:  e.Version,
			Data:     e.Data,
			Meta:     e.Meta,
		}
		d.streams[stream], d.all = append(d.streams[stream], r), append(d.all, r)
	}
	return eventstore.Appended{Position: eventstore.Position(len(d.all))}, nil
}

func (d *draft) Read(_ context.Context, stream string, from eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for _, r := range d.streams[stream][min(int(from), len(d.streams[stream])):] {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// years fills a log with at least n events of a shop that deploys ten services again and again.
func years(t testing.TB, pool *pgxpool.Pool, n int) {
	t.Helper()
	d := &draft{streams: map[string][]eventstore.Recorded{}}
	w := &world{
		t: t, ctx: context.Background(), org: "org_a",
		log: &eventstore.Log{Store: d, Codec: eventstore.NewCodec(catalog.Events()...)},
	}
	w.organization("usr_ada")
	w.user("usr_ada")
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	const services = 10
	for i := range services {
		w.service(fmt.Sprintf("svc_%d", i), fmt.Sprintf("web-%d", i), "prj_1", "srv_1")
	}
	for i := 0; len(d.all) < n; i++ {
		w.deploy(fmt.Sprintf("dep_%d", i), fmt.Sprintf("svc_%d", i%services), fmt.Sprintf("rel_%d", i), i/services+1)
		delete(d.streams, fmt.Sprintf("deployment-dep_%d", i)) // nothing more is decided on it
	}
	d.copyTo(t, pool)
}

// crowd fills a log with services of one project.
func crowd(t testing.TB, pool *pgxpool.Pool, services int) {
	t.Helper()
	d := &draft{streams: map[string][]eventstore.Recorded{}}
	w := &world{
		t: t, ctx: context.Background(), org: "org_a",
		log: &eventstore.Log{Store: d, Codec: eventstore.NewCodec(catalog.Events()...)},
	}
	w.server("srv_1", "box")
	w.project("prj_1", "shop")
	for i := range services {
		w.service(fmt.Sprintf("svc_%d", i), fmt.Sprintf("web-%d", i), "prj_1", "srv_1")
	}
	d.copyTo(t, pool)
}

func (d *draft) copyTo(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	columns := []string{"pos", "stream", "rev", "event_id", "org", "type", "version", "data", "meta", "at"}
	rows := pgx.CopyFromSlice(len(d.all), func(i int) ([]any, error) {
		r := d.all[i]
		meta, err := json.Marshal(r.Meta)
		return []any{
			int64(r.Position), r.Stream, int64(r.Revision), r.ID, r.Meta.Organization, r.Type, r.Version, r.Data, meta, now,
		}, err
	})
	_, err := pool.CopyFrom(ctx, pgx.Identifier{"es_event"}, columns, rows)
	require.NoError(t, err)
	_, err = pool.Exec(ctx, `UPDATE es_head SET pos = $1`, len(d.all))
	require.NoError(t, err)
	_, err = pool.Exec(ctx, `ANALYZE es_event`)
	require.NoError(t, err)
}
