package telemetry_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func record() telemetry.Record {
	return telemetry.Record{At: now, Organization: "org", Service: "svc", Source: "src", Stream: telemetry.Stderr, Body: "text"}
}

func TestCleanKeepsWhatIsGood(t *testing.T) {
	r := record()
	got, err := r.Clean(now)
	require.NoError(t, err)
	require.Equal(t, r, got)
}

func TestCleanReplacesAbsurdTimes(t *testing.T) {
	for at, want := range map[time.Time]time.Time{
		{}:                                  now,
		time.Unix(0, 0):                     now,
		now.Add(100 * 365 * 24 * time.Hour): now,
		now.Add(time.Hour):                  now,
		now.Add(time.Minute):                now.Add(time.Minute),
		now.Add(-7 * 24 * time.Hour):        now.Add(-7 * 24 * time.Hour),
	} {
		r := record()
		r.At = at
		got, err := r.Clean(now)
		require.NoError(t, err)
		require.Equal(t, want, got.At)
	}
}

func TestCleanCutsAndRepairsText(t *testing.T) {
	r := record()
	r.Body = strings.Repeat("ä", telemetry.MaxBody)
	got, err := r.Clean(now)
	require.NoError(t, err)
	require.LessOrEqual(t, len(got.Body), telemetry.MaxBody)
	require.True(t, utf8.ValidString(got.Body))
	require.True(t, strings.HasSuffix(got.Body, "ä…[cut]"))

	r.Body, r.Stream = "bad \xff\xfe bytes\r\n", ""
	got, err = r.Clean(now)
	require.NoError(t, err)
	require.Equal(t, "bad \uFFFD bytes", got.Body)
	require.Equal(t, telemetry.Stdout, got.Stream)
}

func TestCleanRefuses(t *testing.T) {
	for name, change := range map[string]func(*telemetry.Record){
		"no owner":             func(r *telemetry.Record) { r.Organization = "" },
		"no source":            func(r *telemetry.Record) { r.Source = "" },
		"the platform's names": func(r *telemetry.Record) { r.Source = "syntra/gap/x" },
		"an endless id":        func(r *telemetry.Record) { r.Replica = strings.Repeat("x", 300) },
	} {
		r := record()
		change(&r)
		_, err := r.Clean(now)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), name)
	}
}
