package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/ingest"
	"github.com/syntra-dev/syntra/telemetry/store"
)

// platformEnv turns this test binary into a platform: it takes batches as told on its input, and acknowledges each on its
// output once it is safe. Its value is the spool's directory and ClickHouse's URL.
const platformEnv = "SYNTRA_TEST_PLATFORM"

func TestMain(m *testing.M) {
	if order := os.Getenv(platformEnv); order != "" {
		dir, url, _ := strings.Cut(order, " ")
		if err := platform(dir, url, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	clickhousetest.Main(m)
}

func platform(dir, url string, in io.Reader, out io.Writer) error {
	s, err := store.New(store.Options{URL: url})
	if err != nil {
		return err
	}
	sink, err := ingest.Open(ingest.Options{Dir: dir, Store: s})
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var from, to int
		if _, err := fmt.Sscan(lines.Text(), &from, &to); err != nil {
			return err
		}
		if err := sink.Write(context.Background(), batch("agent", from, to)); err != nil {
			return err
		}
		fmt.Fprintln(out, to)
	}
	return lines.Err()
}

func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.New(store.Options{URL: url, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var quiet = slog.New(slog.DiscardHandler)

func openSink(t testing.TB, o ingest.Options) *ingest.Sink {
	t.Helper()
	o.Logger = quiet
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := ingest.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { closeSink(t, s) })
	return s
}

func closeSink(t testing.TB, s *ingest.Sink) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = s.Close(ctx) // a second time says that it is closed
}

var start = time.Now().UTC().Truncate(time.Second)

// batch makes the records from…to of a source.
func batch(source string, from, to int) (records []telemetry.Record) {
	for n := from; n <= to; n++ {
		records = append(records, telemetry.Record{
			At: start.Add(time.Duration(n) * time.Microsecond), Organization: "org", Project: "prj", Service: "svc", Server: "srv",
			Stream: telemetry.Stdout, Source: source, Sequence: uint64(n), Body: fmt.Sprintf("%s %d", source, n),
		})
	}
	return records
}

func bodies(lines []telemetry.Line) []string {
	texts := []string{}
	for _, l := range lines {
		texts = append(texts, l.Body)
	}
	return texts
}

func query(t testing.TB, s *store.Store, q telemetry.LogQuery) []string {
	t.Helper()
	q.Organization = "org"
	lines, err := s.Query(bounded(t), q)
	require.NoError(t, err)
	return bodies(lines)
}

// eventually waits until the lines of the service are these.
func eventually(t *testing.T, s *store.Store, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		lines, err := s.Query(bounded(t), telemetry.LogQuery{Organization: "org", Limit: telemetry.MaxLimit})
		return err == nil && fmt.Sprint(bodies(lines)) == fmt.Sprint(want)
	}, 30*time.Second, 20*time.Millisecond, "want %v, have %v", want, lazy(func() any { return query(t, s, telemetry.LogQuery{}) }))
}

// lazy formats when it is printed.
type lazy func() any

func (l lazy) String() string { return fmt.Sprint(l()) }
