package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestQueryFilters(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(
		line("s", 1),
		line("s", 2, service("svc_b")),
		line("s", 3, deployed("dep_b"), kind(telemetry.Build)),
		line("s", 4, kind(telemetry.Stderr)),
		line("s", 5, deployed(""), kind(telemetry.Gap), body("3 lines are missing")),
		line("s", 6, owner("org_b"), body("not yours")),
		line("other", 7, func(r *telemetry.Record) {
			r.Server, r.Replica, r.Release, r.Project = "srv_b", "rep_b", "rel_b", "prj_b"
		}),
	)
	gap := "3 lines are missing"
	for name, c := range map[string]struct {
		query telemetry.LogQuery
		want  []string
	}{
		"organization": {telemetry.LogQuery{}, []string{"line 1", "line 2", "line 3", "line 4", gap, "line 7"}},
		"service":      {telemetry.LogQuery{Service: "svc_b"}, []string{"line 2"}},
		"deployment, with the gaps of its service": {telemetry.LogQuery{Service: "svc_a", Deployment: "dep_b"}, []string{"line 3", gap}},
		"streams, with gaps":                       {telemetry.LogQuery{Streams: []telemetry.Stream{telemetry.Build, telemetry.Stderr}}, []string{"line 3", "line 4", gap}},
		"release":                                  {telemetry.LogQuery{Release: "rel_b"}, []string{"line 7"}},
		"replica":                                  {telemetry.LogQuery{Replica: "rep_b"}, []string{"line 7"}},
		"server":                                   {telemetry.LogQuery{Server: "srv_b"}, []string{"line 7"}},
		"project":                                  {telemetry.LogQuery{Project: "prj_b"}, []string{"line 7"}},
		"time, from inclusive to exclusive": {telemetry.LogQuery{Since: noon.Add(2 * time.Millisecond), Until: noon.Add(4 * time.Millisecond)},
			[]string{"line 2", "line 3"}},
		"an id that tries to be SQL": {telemetry.LogQuery{Service: "x' OR '1'='1"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			c.query.Organization = "org_a"
			lines, err := s.Query(bounded(t), c.query)
			require.NoError(t, err)
			require.Equal(t, c.want, bodies(lines))
		})
	}
}

func TestQueryAnswersTheWholeRecord(t *testing.T) {
	t.Parallel()
	s := open(t)
	want := line("source", 1, at(noon.Add(123456789*time.Nanosecond)), body("ünï'cødé \\ \"\x00\n tail"))
	newWriter(t, s, "w").write(want)
	lines, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org_a"})
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, want, lines[0].Record)
	require.NotEmpty(t, lines[0].Cursor)
}

func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, q := range map[string]telemetry.LogQuery{
		"no organization":  {},
		"a foreign cursor": {Organization: "o", Before: "bm9wZQ"},
		"both directions":  {Organization: "o", Before: "a", After: "b"},
		"a huge page":      {Organization: "o", Limit: telemetry.MaxLimit + 1},
		"an empty time":    {Organization: "o", Since: noon, Until: noon},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Query(context.Background(), q)
			require.Equal(t, domain.Invalid, domain.CodeOf(err))
		})
	}
}

// Given lines, many of one instant, when paging through them from either end, then each is answered once; lines that
// arrive meanwhile do not shift the pages.
func TestPaging(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	var want []string
	for n := 1; n <= 250; n += 25 {
		var records []telemetry.Record
		for m := n; m < n+25; m++ {
			records = append(records, line("s", m, at(noon.Add(time.Duration(m/50)*time.Second))))
			want = append(want, fmt.Sprintf("line %d", m))
		}
		w.write(records...)
	}
	ctx := bounded(t)
	t.Run("backwards", func(t *testing.T) {
		var got []string
		q := telemetry.LogQuery{Organization: "org_a", Service: "svc_a", Limit: 33}
		for {
			lines, err := s.Query(ctx, q)
			require.NoError(t, err)
			if len(lines) == 0 {
				break
			}
			got = append(bodies(lines), got...)
			q.Before = lines[0].Cursor
			w.write(line("late", 1000+len(got), at(noon.Add(-time.Minute)), service("svc_a"), body("late")))
		}
		require.Equal(t, want, got)
	})
	t.Run("forwards", func(t *testing.T) {
		var got []string
		q := telemetry.LogQuery{Organization: "org_a", Service: "svc_a", Limit: 33, Oldest: true, Text: "line"}
		for {
			lines, err := s.Query(ctx, q)
			require.NoError(t, err)
			if len(lines) == 0 {
				break
			}
			got = append(got, bodies(lines)...)
			q.After = lines[len(lines)-1].Cursor
		}
		require.Equal(t, want, got)
	})
}

// Given copies of records, from the same writer and from another, then readers see each record once.
func TestCopiesAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	a, b := newWriter(t, s, "a"), newWriter(t, s, "b")
	var records []telemetry.Record
	for n := 1; n <= 40; n++ {
		records = append(records, line("s", n))
	}
	a.write(records...)
	a.write(records[10:]...)
	b.write(records...)
	for _, limit := range []int{7, 40, 100} {
		var got []string
		q := telemetry.LogQuery{Organization: "org_a", Limit: limit}
		for {
			lines, err := s.Query(bounded(t), q)
			require.NoError(t, err)
			if len(lines) == 0 {
				break
			}
			got = append(bodies(lines), got...)
			q.Before = lines[0].Cursor
		}
		require.Len(t, got, 40)
		require.Equal(t, "line 1", got[0])
	}
}

func TestSearch(t *testing.T) {
	for name, legacy := range map[string]bool{"text index": false, "index of older servers": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, func(o *Options) { o.legacyIndex = legacy })
			texts := []string{
				"GET /api/users 200 OK",
				"connection refused by 10.0.0.1:5432",
				"refused the connection",
				"Größe überschritten",
				"it's 100% done_with path\\x",
				"connections",
			}
			w := newWriter(t, s, "w")
			for n, text := range texts {
				w.write(line("s", n+1, body(text)))
			}
			for search, want := range map[string][]int{
				``:                      {0, 1, 2, 3, 4, 5},
				`connection`:            {1, 2},
				`CONNECTION Refused`:    {1, 2},
				`"connection refused"`:  {1},
				`refused -"refused by"`: {2},
				`-connection`:           {0, 3, 4, 5},
				`/api/users`:            {0},
				`/api/user`:             {},
				`10.0.0.1:5432`:         {1},
				`größe`:                 {3},
				`ÜBERSCHRITTEN`:         {3},
				`it's`:                  {4},
				`100%`:                  {4},
				`path\x`:                {4},
				`"`:                     {0, 1, 2, 3, 4, 5},
				`-`:                     {0, 1, 2, 3, 4, 5},
				`_`:                     {4},
				`'; DROP TABLE log; --`: {},
				`"connection refused`:   {1},
			} {
				lines, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org_a", Text: search})
				require.NoError(t, err, search)
				wanted := []string{}
				parsed, err := telemetry.ParseSearch(search)
				require.NoError(t, err)
				for _, n := range want {
					wanted = append(wanted, texts[n])
				}
				require.Equal(t, wanted, bodies(lines), search)
				for n, text := range texts {
					require.Equal(t, contains(want, n), parsed.Match(text), "%s matches %s", search, text)
				}
			}
		})
	}
}

func contains(all []int, n int) bool {
	for _, one := range all {
		if one == n {
			return true
		}
	}
	return false
}

func TestSearchUsesTheIndex(t *testing.T) {
	t.Parallel()
	s := open(t)
	newWriter(t, s, "w").write(line("s", 1))
	search, err := telemetry.ParseSearch("needle")
	require.NoError(t, err)
	w := scope(telemetry.LogQuery{Organization: "org_a"}, search)
	rows, err := s.conn.Query(bounded(t), "EXPLAIN indexes = 1 SELECT body FROM "+s.table("log")+" WHERE "+w.sql(), w.args...)
	require.NoError(t, err)
	var plan strings.Builder
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		plan.WriteString(text + "\n")
	}
	require.NoError(t, rows.Err())
	require.Contains(t, plan.String(), "body_words")
}

func TestHeadsComeFromTheProjection(t *testing.T) {
	t.Parallel()
	s := open(t)
	newWriter(t, s, "w").write(line("s", 1))
	rows, err := s.conn.Query(bounded(t), "EXPLAIN SELECT writer, max(position) FROM "+s.table("log")+" GROUP BY writer")
	require.NoError(t, err)
	var plan strings.Builder
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		plan.WriteString(text + "\n")
	}
	require.Contains(t, plan.String(), "writer_heads")
}

func TestRetention(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.Retention = 7 * 24 * time.Hour })
	ctx := bounded(t)
	require.NoError(t, s.Healthy(ctx))
	ttl := func(s *Store) (create string) {
		require.NoError(t, s.conn.QueryRow(ctx, "SELECT create_table_query FROM system.tables WHERE database = ? AND name = 'log'", s.database).Scan(&create))
		return create
	}
	require.Contains(t, ttl(s), "TTL received + toIntervalDay(7)")

	again, err := New(Options{URL: s.options.URL, Retention: 3 * 24 * time.Hour})
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, again.Healthy(ctx))
	require.Contains(t, ttl(again), "TTL received + toIntervalDay(3)")

	// What arrived before the retention goes, whatever its own time says.
	w := newWriter(t, again, "w")
	w.next = uint64(time.Now().Add(-5 * 24 * time.Hour).UnixNano())
	w.write(line("s", 1))
	newWriter(t, again, "w2").write(line("s", 2))
	require.NoError(t, again.conn.Exec(ctx, "OPTIMIZE TABLE "+again.table("log")+" FINAL"))
	require.Eventually(t, func() bool {
		lines, err := again.Query(ctx, telemetry.LogQuery{Organization: "org_a"})
		return err == nil && len(lines) == 1 && lines[0].Body == "line 2"
	}, 20*time.Second, 50*time.Millisecond)
}

func TestUnreachableStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	s, err := New(Options{URL: "http://someone:hunter2@127.0.0.1:1/logs"})
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Query(bounded(t), telemetry.LogQuery{Organization: "o"})
	require.Equal(t, domain.Unavailable, domain.CodeOf(err))
	require.NotContains(t, err.Error(), "hunter2")
	_, err = New(Options{URL: "http://someone:hunter2@%zz"})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}
