package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/spool"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	options := Options{URL: clickhousetest.URL(t)}
	for _, c := range change {
		c(&options)
	}
	s, err := New(options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// noon is the time of the first line of tests.
var noon = time.Now().UTC().Truncate(time.Hour)

// line makes the n-th record of a source.
func line(source string, n int, change ...func(*telemetry.Record)) telemetry.Record {
	r := telemetry.Record{
		At: noon.Add(time.Duration(n) * time.Millisecond), Organization: "org_a", Project: "prj_a", Service: "svc_a",
		Deployment: "dep_a", Release: "rel_a", Server: "srv_a", Replica: "rep_a", Stream: telemetry.Stdout,
		Source: source, Sequence: uint64(n), Body: fmt.Sprintf("line %d", n),
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func body(text string) func(*telemetry.Record)  { return func(r *telemetry.Record) { r.Body = text } }
func at(when time.Time) func(*telemetry.Record) { return func(r *telemetry.Record) { r.At = when } }
func service(id string) func(*telemetry.Record) { return func(r *telemetry.Record) { r.Service = id } }
func owner(id string) func(*telemetry.Record) {
	return func(r *telemetry.Record) { r.Organization = id }
}
func deployed(id string) func(*telemetry.Record) {
	return func(r *telemetry.Record) { r.Deployment = id }
}
func kind(s telemetry.Stream) func(*telemetry.Record) {
	return func(r *telemetry.Record) { r.Stream = s }
}

// writer stores records in order of arrival, as one spool does.
type writer struct {
	t     testing.TB
	store *Store
	id    string
	next  uint64
}

func newWriter(t testing.TB, s *Store, id string) *writer {
	return &writer{t: t, store: s, id: id, next: uint64(time.Now().UnixNano())}
}

func (w *writer) write(records ...telemetry.Record) {
	w.t.Helper()
	rows := make([]spool.Row, len(records))
	for i, r := range records {
		rows[i] = spool.Row{Record: r, Position: w.next}
		w.next++
	}
	require.NoError(w.t, w.store.Insert(bounded(w.t), w.id, rows))
}

func bodies(lines []telemetry.Line) []string {
	texts := []string{}
	for _, l := range lines {
		texts = append(texts, l.Body)
	}
	return texts
}
