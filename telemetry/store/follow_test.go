package store

import (
	"context"
	"fmt"
	"iter"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/dev/itertest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

// reader takes lines of a Follow one by one.
type reader struct {
	t    *testing.T
	next func() (telemetry.Line, error, bool)
	stop func()
}

func follow(t *testing.T, s *Store, q telemetry.LogQuery, after telemetry.Cursor) *reader {
	t.Helper()
	q.Organization = "org_a"
	next, stop := iter.Pull2(s.Follow(bounded(t), q, after))
	t.Cleanup(stop)
	return &reader{t: t, next: next, stop: stop}
}

func (r *reader) line() telemetry.Line {
	r.t.Helper()
	l, err, ok := r.next()
	require.True(r.t, ok)
	require.NoError(r.t, err)
	return l
}

func (r *reader) bodies(n int) (texts []string) {
	r.t.Helper()
	for range n {
		texts = append(texts, r.line().Body)
	}
	return texts
}

func numbered(from, to int) (texts []string) {
	for n := from; n <= to; n++ {
		texts = append(texts, fmt.Sprintf("line %d", n))
	}
	return texts
}

func TestFollowFromTheBeginning(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	var records []telemetry.Record
	for n := 1; n <= 1200; n++ {
		records = append(records, line("s", n))
	}
	w.write(records...)
	r := follow(t, s, telemetry.LogQuery{}, telemetry.Beginning)
	require.Equal(t, numbered(1, 1200), r.bodies(1200))

	// Lines that are older than what was given out arrive late, and are not passed over.
	w.write(line("s", 1201), line("late", 1, at(noon.Add(-time.Hour)), body("late")), line("s", 1202))
	require.Equal(t, []string{"line 1201", "late", "line 1202"}, r.bodies(3))
}

func TestFollowTheLastLines(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(line("s", 1), line("s", 2), line("s", 3))
	r := follow(t, s, telemetry.LogQuery{Limit: 2}, telemetry.Beginning)
	require.Equal(t, numbered(2, 3), r.bodies(2))
	w.write(line("s", 4))
	require.Equal(t, numbered(4, 4), r.bodies(1))
}

func TestFollowFromTheEnd(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(line("s", 1))
	r := follow(t, s, telemetry.LogQuery{}, telemetry.End)
	got := make(chan string, 1)
	go func() { got <- r.line().Body }()
	// The follower is there when it waits for an arrival.
	require.Eventually(t, func() bool {
		s.arrivals.mu.Lock()
		defer s.arrivals.mu.Unlock()
		return s.arrivals.waiting["org_a"] != nil
	}, 20*time.Second, time.Millisecond)
	n := 2
	require.Eventually(t, func() bool {
		// It may have registered just before it took its first snapshot.
		w.write(line("s", n))
		n++
		select {
		case text := <-got:
			require.NotEqual(t, "line 1", text)
			return true
		case <-time.After(200 * time.Millisecond):
			return false
		}
	}, 20*time.Second, time.Millisecond)
}

// A page and the follower after any of its cursors show every line once, also those that arrive in between with an older
// time.
func TestFollowContinuesAPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(line("s", 1), line("s", 2), line("s", 3), line("s", 4))
	page, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org_a", Service: "svc_a", Limit: 3})
	require.NoError(t, err)
	require.Equal(t, numbered(2, 4), bodies(page))
	w.write(line("late", 1, at(noon.Add(-time.Hour)), body("late")), line("s", 5))

	q := telemetry.LogQuery{Service: "svc_a"}
	require.Equal(t, []string{"late", "line 5"}, follow(t, s, q, page[2].Cursor).bodies(2))
	require.Equal(t, []string{"line 3", "line 4", "late", "line 5"}, follow(t, s, q, page[0].Cursor).bodies(4))
}

// Whatever line a client saw last, it goes on after it: every line once, none twice.
func TestFollowResumesAfterAnyLine(t *testing.T) {
	t.Parallel()
	s := open(t)
	a, b := newWriter(t, s, "a"), newWriter(t, s, "b")
	a.write(line("s", 1), line("s", 2))
	whole := follow(t, s, telemetry.LogQuery{}, telemetry.Beginning)
	lines := []telemetry.Line{whole.line(), whole.line()}
	b.write(line("r", 3, at(noon)), line("r", 4))
	a.write(line("s", 5), line("s", 6, at(noon)))
	for range 4 {
		lines = append(lines, whole.line())
	}
	for i, l := range lines {
		var got []string
		r := follow(t, s, telemetry.LogQuery{}, l.Cursor)
		for range lines[i+1:] {
			got = append(got, r.line().Body)
		}
		require.ElementsMatch(t, bodies(lines[i+1:]), got)
		r.stop()
	}
	// A page before a live line works too.
	page, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org_a", Before: lines[1].Cursor})
	require.NoError(t, err)
	require.Equal(t, numbered(1, 1), bodies(page))
}

// Given an agent that changed to another replica of the platform and sent its last lines again, then a follower sees
// them once: one that saw the first copies, and one that resumes.
func TestFollowLeavesOutCopiesOfOtherReplicas(t *testing.T) {
	t.Parallel()
	s := open(t)
	a, b := newWriter(t, s, "a"), newWriter(t, s, "b")
	a.write(line("s", 1), line("s", 2))
	r := follow(t, s, telemetry.LogQuery{}, telemetry.Beginning)
	r.line()
	cursor := r.line().Cursor
	b.write(line("s", 1), line("s", 2), line("s", 3))
	require.Equal(t, numbered(3, 3), r.bodies(1))
	require.Equal(t, numbered(3, 3), follow(t, s, telemetry.LogQuery{}, cursor).bodies(1))
	a.write(line("s", 3), line("s", 4))
	require.Equal(t, numbered(4, 4), r.bodies(1))
}

func TestFollowIsWithinItsOrganizationAndQuery(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(line("s", 1))
	r := follow(t, s, telemetry.LogQuery{Service: "svc_a", Text: "wanted"}, telemetry.Beginning)
	w.write(line("s", 2, owner("org_b"), body("wanted")), line("s", 3, service("svc_b"), body("wanted")), line("s", 4), line("s", 5, body("wanted indeed")))
	require.Equal(t, []string{"wanted indeed"}, r.bodies(1))
}

func TestFollowEndsWithItsContextAndRefusesBadQueries(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(bounded(t))
	ended := make(chan error, 1)
	go func() {
		for _, err := range s.Follow(ctx, telemetry.LogQuery{Organization: "org_a"}, telemetry.End) {
			ended <- err
		}
		close(ended)
	}()
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	for _, err := range s.Follow(bounded(t), telemetry.LogQuery{Organization: "org_a"}, "nonsense!") {
		require.Equal(t, domain.Invalid, domain.CodeOf(err))
	}
	for _, err := range s.Follow(bounded(t), telemetry.LogQuery{}, telemetry.End) {
		require.Equal(t, domain.Invalid, domain.CodeOf(err))
	}
}

// A follower outlives the engine: it waits for it and goes on, with no line lost or twice.
func TestFollowSurvivesARestartOfTheEngine(t *testing.T) {
	t.Parallel()
	engine := clickhousetest.Start(t)
	s, err := New(Options{URL: engine.URL()})
	require.NoError(t, err)
	defer s.Close()
	w := newWriter(t, s, "w")
	w.write(line("s", 1))
	r := follow(t, s, telemetry.LogQuery{}, telemetry.Beginning)
	require.Equal(t, "line 1", r.line().Body)
	for n := 2; n <= 4; n++ {
		killed := engine.Pid()
		require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
		require.Eventually(t, func() bool { pid := engine.Pid(); return pid != 0 && pid != killed }, 20*time.Second, time.Millisecond)
		require.Eventually(t, func() bool { return s.Healthy(bounded(t)) == nil }, 20*time.Second, 10*time.Millisecond)
		w.write(line("s", n))
		require.Equal(t, fmt.Sprintf("line %d", n), r.line().Body)
	}
}

// Whatever happened to a cursor on its way, it is read or refused.
func TestDamagedCursors(t *testing.T) {
	t.Parallel()
	whole := place{heads: heads{"first": 7, "second": 1 << 60}, key: key{-1, "source", 2}, live: true}.cursor()
	back, err := parseCursor(whole)
	require.NoError(t, err)
	require.Equal(t, whole, back.cursor())
	for i := range whole {
		_, err := parseCursor(whole[:i])
		require.Equal(t, domain.Invalid, domain.CodeOf(err))
		for _, c := range []byte{'A', '_', '/', 0xff} {
			damaged := []byte(whole)
			damaged[i] = c
			if _, err := parseCursor(telemetry.Cursor(damaged)); err != nil {
				require.Equal(t, domain.Invalid, domain.CodeOf(err))
			}
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(string(place{heads: heads{"w": 7}, key: key{1, "s", 2}, live: true}.cursor()))
	f.Add("AQA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(telemetry.Cursor(text))
		if err != nil {
			require.Equal(t, domain.Invalid, domain.CodeOf(err))
			return
		}
		again, err := parseCursor(p.cursor())
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}

// A reader that goes away in mid-send leaves the loop and ends the context at the same moment.
func TestFollowEndsWhereItsReaderLeaves(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newWriter(t, s, "w")
	w.write(line("s", 1), line("s", 2), line("s", 3))
	newest, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org_a", Limit: 3})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		query telemetry.LogQuery
		after telemetry.Cursor
		items int
	}{
		"in the past":      {telemetry.LogQuery{Organization: "org_a"}, telemetry.Beginning, 3},
		"in the last page": {telemetry.LogQuery{Organization: "org_a", Limit: 2}, telemetry.Beginning, 2},
		"in what is live":  {telemetry.LogQuery{Organization: "org_a"}, newest[2].Cursor, 3},
		"at an error":      {telemetry.LogQuery{Organization: "org_a"}, "no cursor", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "in what is live" {
				w.write(line("s", 4), line("s", 5), line("s", 6))
			}
			itertest.StopsWhenLeft(t, c.items, func(ctx context.Context) iter.Seq2[telemetry.Line, error] {
				return s.Follow(ctx, c.query, c.after)
			})
		})
	}
}
