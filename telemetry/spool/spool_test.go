package spool

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/telemetry"
)

func open(t *testing.T, dir string, options ...Options) *Spool {
	t.Helper()
	o := Options{Logger: slog.New(slog.DiscardHandler)}
	for _, given := range options {
		o = given
	}
	s, err := Open(dir, o)
	require.NoError(t, err)
	return s
}

func record(n int, size ...int) telemetry.Record {
	r := telemetry.Record{At: time.Unix(int64(n), 7).UTC(), Organization: "org", Project: "prj", Service: fmt.Sprintf("svc%d", n%2), Source: "src",
		Sequence: uint64(n), Stream: telemetry.Stdout, Body: fmt.Sprintf("line %d", n)}
	for _, s := range size {
		r.Body = strings.Repeat("x", s)
	}
	return r
}

func put(t *testing.T, s *Spool, records ...telemetry.Record) []Loss {
	t.Helper()
	lost, err := s.Append(records)
	require.NoError(t, err)
	return lost
}

// all reads what waits, in order, and checks that positions grow.
func all(t *testing.T, s *Spool) (rows []Row) {
	t.Helper()
	for {
		got, err := s.Next(3, 1<<20)
		require.NoError(t, err)
		if len(got) == 0 {
			return rows
		}
		for _, row := range got {
			if len(rows) > 0 {
				require.Greater(t, row.Position, rows[len(rows)-1].Position)
			}
			rows = append(rows, row)
		}
	}
}

func sequences(rows []Row) (n []uint64) {
	for _, row := range rows {
		n = append(n, row.Sequence)
	}
	return n
}

func TestRowsComeBackInOrderAndWhole(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	require.False(t, s.Waiting())
	put(t, s, record(1), record(2))
	put(t, s, record(3))
	require.True(t, s.Waiting())
	rows := all(t, s)
	require.Equal(t, []uint64{1, 2, 3}, sequences(rows))
	require.Equal(t, record(2), rows[1].Record)
	require.False(t, s.Waiting())
	put(t, s, record(4))
	require.Equal(t, []uint64{4}, sequences(all(t, s)))
}

// A process that is killed loses nothing that was appended, and reads again what was not acknowledged.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	id := s.ID()
	put(t, s, record(1), record(2))
	put(t, s, record(3))
	rows, err := s.Next(1, 1<<20)
	require.NoError(t, err)
	require.NoError(t, s.Ack(rows[len(rows)-1].Position, json.RawMessage(`{"kept":true}`)))
	first := rows[len(rows)-1].Position
	require.NoError(t, s.Close())

	s = open(t, dir)
	defer s.Close()
	require.Equal(t, id, s.ID())
	require.JSONEq(t, `{"kept":true}`, string(s.State()))
	require.Equal(t, first, s.Acked())
	var waiting []Row
	require.NoError(t, s.Each(func(row Row) { waiting = append(waiting, row) }))
	require.Equal(t, []uint64{3}, sequences(waiting))
	require.Equal(t, []uint64{3}, sequences(all(t, s)))
}

// Positions grow over restarts, also when everything was acknowledged and the clock went back.
func TestPositionsNeverGoBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, record(1))
	require.NotEmpty(t, all(t, s))
	future := uint64(time.Now().Add(time.Hour).UnixNano())
	require.NoError(t, s.Ack(future, nil))
	require.NoError(t, s.Close())
	s = open(t, dir)
	defer s.Close()
	put(t, s, record(2))
	require.Greater(t, all(t, s)[0].Position, future)
}

func TestAcknowledgedSegmentsAreFreed(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 2000})
	defer s.Close()
	for n := 1; n <= 20; n++ {
		put(t, s, record(n, 500))
	}
	full := s.Size()
	rows := all(t, s)
	require.Len(t, rows, 20)
	require.NoError(t, s.Ack(rows[19].Position, nil))
	require.Less(t, s.Size(), full/3)
	entries, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	require.LessOrEqual(t, len(entries), 4)
}

// When the spool is full the oldest lines go, and it is told whose; what the reader has in hand and what is new stays.
func TestFullSpoolDropsTheOldest(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 2000, MaxBytes: 10_000})
	defer s.Close()
	put(t, s, record(1, 500))
	inHand, err := s.Next(1, 1)
	require.NoError(t, err)
	lost := map[string]int{}
	for n := 2; n <= 100; n++ {
		for _, l := range put(t, s, record(n, 500)) {
			require.Equal(t, "org", l.Organization)
			lost[l.Service] += l.Records
		}
	}
	require.LessOrEqual(t, s.Size(), int64(10_000))
	rows := append(inHand, all(t, s)...)
	require.EqualValues(t, 1, rows[0].Sequence)
	require.EqualValues(t, 100, rows[len(rows)-1].Sequence)
	require.Equal(t, 100, len(rows)+lost["svc0"]+lost["svc1"])
}

func TestUnfinishedEndIsCutOff(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"half a frame":   func(b []byte) []byte { return b[:len(b)-5] },
		"half a header":  func(b []byte) []byte { return append(b, b[:10]...) },
		"zeroes":         func(b []byte) []byte { return append(b, make([]byte, 4096)...) },
		"a changed byte": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			put(t, s, record(1))
			put(t, s, record(2))
			path := s.segments[len(s.segments)-1].path
			require.NoError(t, s.Close())
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(content), 0o600))

			s = open(t, dir)
			defer s.Close()
			put(t, s, record(3))
			got := sequences(all(t, s))
			require.Contains(t, [][]uint64{{1, 3}, {1, 2, 3}}, got)
			require.EqualValues(t, 1, got[0])
			require.EqualValues(t, 3, got[len(got)-1])
		})
	}
}

// Damage in the middle costs the frames it hits, not what is behind them.
func TestDamageInTheMiddleIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for n := 1; n <= 5; n++ {
		put(t, s, record(n, 100))
	}
	path := s.segments[len(s.segments)-1].path
	require.NoError(t, s.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 0xff
	require.NoError(t, os.WriteFile(path, content, 0o600))
	s = open(t, dir)
	defer s.Close()
	require.Equal(t, []uint64{1, 2, 4, 5}, sequences(all(t, s)))
}

// A log line cannot smuggle in a frame: not even where damage makes the spool look for one inside of it.
func TestLinesCannotForgeFrames(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	forged := mark{}.appendFrame(nil, 1, []telemetry.Record{{Organization: "other", Source: "x", Body: "forged"}})
	bad := record(1)
	bad.Body = string(forged)
	put(t, s, bad)
	put(t, s, record(2))
	path := s.segments[len(s.segments)-1].path
	require.NoError(t, s.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[0] ^= 0xff
	require.NoError(t, os.WriteFile(path, content, 0o600))
	s = open(t, dir)
	defer s.Close()
	require.Equal(t, []uint64{2}, sequences(all(t, s)))
}

func TestSpoolBelongsToOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer s.Close()
	_, err := Open(dir, Options{})
	require.ErrorContains(t, err, "another process uses it")
}

func TestLostCheckpointIsNotTakenForANewSpool(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, record(1))
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, checkpointFile)))
	_, err := Open(dir, Options{})
	require.ErrorContains(t, err, "move the directory away")
}

func FuzzFrame(f *testing.F) {
	m := mark{1, 2, 3, 4, 5, 6, 7, 8}
	f.Add(m.appendFrame(nil, 5, []telemetry.Record{record(1), record(2)}))
	f.Add(m[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, skipped := m.scan(b, func(fr frame, at int64) bool {
			require.LessOrEqual(t, at+fr.size, int64(len(b)))
			_, _ = decodeRecords(fr.payload, fr.count)
			return true
		})
		require.LessOrEqual(t, whole+skipped, 2*int64(len(b)))
		require.LessOrEqual(t, whole, int64(len(b)))
	})
}

func FuzzRecords(f *testing.F) {
	r := record(1)
	f.Add(appendRecord(nil, &r), 1)
	f.Fuzz(func(t *testing.T, payload []byte, count int) {
		records, err := decodeRecords(payload, count)
		if err != nil {
			return
		}
		var again []byte
		for i := range records {
			again = appendRecord(again, &records[i])
		}
		back, err := decodeRecords(again, count)
		require.NoError(t, err)
		require.Equal(t, records, back)
	})
}
