package clickhouse

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	official "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

// The official client finds in the embedded engine what it finds in a server.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	engine := start(t)
	for name, compression := range map[string]*official.Compression{
		"plain":   nil,
		"lz4":     {Method: official.CompressionLZ4},
		"zstd":    {Method: official.CompressionZSTD, Level: 1},
		"gzip":    {Method: official.CompressionGZIP, Level: 1},
		"deflate": {Method: official.CompressionDeflate, Level: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := bounded(t)
			conn := client(t, engine, func(o *official.Options) { o.Compression = compression })
			table := "types_" + name

			require.NoError(t, conn.Ping(ctx))
			version, err := conn.ServerVersion()
			require.NoError(t, err)
			require.GreaterOrEqual(t, version.Version.Major, uint64(26))

			require.NoError(t, conn.Exec(ctx, `CREATE TABLE `+table+` (n UInt64, at DateTime64(9, 'UTC'), low LowCardinality(String),
				words Array(String), maybe Nullable(Int32), labels Map(LowCardinality(String), String), ok Bool, f Float64, id UUID,
				kind Enum8('a' = 1, 'b' = 2), pair Tuple(x Int8, y String)) ENGINE = MergeTree ORDER BY n`))
			const rows = 20_000
			at := time.Date(2026, 11, 22, 1, 2, 3, 123456789, time.UTC)
			maybe := int32(-7)
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table)
			require.NoError(t, err)
			for n := range rows {
				require.NoError(t, batch.Append(uint64(n), at, "low", []string{"a", "b"}, &maybe, map[string]string{"k": "v'\n"}, true, 1.5,
					"00000000-0000-0000-0000-000000000007", "b", map[string]any{"x": int8(1), "y": "z"}))
			}
			require.NoError(t, batch.Send())

			result, err := conn.Query(ctx, "SELECT n, at, low, words, maybe, labels, ok, f, kind FROM "+table+" ORDER BY n")
			require.NoError(t, err)
			var seen uint64
			for ; result.Next(); seen++ {
				var (
					n         uint64
					gotAt     time.Time
					low, kind string
					words     []string
					gotMaybe  *int32
					labels    map[string]string
					ok        bool
					f         float64
				)
				require.NoError(t, result.Scan(&n, &gotAt, &low, &words, &gotMaybe, &labels, &ok, &f, &kind))
				require.Equal(t, seen, n)
				require.Equal(t, at, gotAt.UTC())
				require.Equal(t, []any{"low", "b", []string{"a", "b"}, maybe, "v'\n", true, 1.5}, []any{low, kind, words, *gotMaybe, labels["k"], ok, f})
			}
			require.NoError(t, result.Err())
			require.EqualValues(t, rows, seen)

			var count uint64
			require.NoError(t, conn.QueryRow(ctx, "SELECT count() FROM "+table+" WHERE n < ? AND low = ?", 100, "low").Scan(&count))
			require.EqualValues(t, 100, count)
		})
	}
}

func TestErrorsCarryTheirCode(t *testing.T) {
	t.Parallel()
	engine := start(t)
	ctx := bounded(t)
	conn := client(t, engine)
	for name, c := range map[string]struct {
		sql  string
		code int32
		text string
	}{
		"before the first row":  {"SELECT * FROM nowhere", 60, "nowhere"},
		"syntax":                {"SELEC 1", 62, "Syntax error"},
		"in the middle of rows": {"SELECT number, throwIf(number = 900000) FROM numbers(1000000)", 395, "throwIf"},
		"unknown setting":       {"SELECT 1 SETTINGS no_such_thing = 1", 115, "no_such_thing"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := conn.Query(ctx, c.sql)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
			}
			var exception *official.Exception
			require.ErrorAs(t, err, &exception)
			require.Equal(t, c.code, exception.Code)
			require.Contains(t, exception.Message, c.text)
		})
	}
}

func TestSettingsAndParametersEndWithTheirRequest(t *testing.T) {
	t.Parallel()
	engine := start(t)
	ctx := bounded(t)
	conn := client(t, engine)
	with := official.Context(ctx, official.WithSettings(official.Settings{"max_threads": 1}),
		official.WithParameters(official.Parameters{"text": `it's "quoted" \\ back`}))

	var threads, text string
	require.NoError(t, conn.QueryRow(with, "SELECT toString(getSetting('max_threads')), {text:String}").Scan(&threads, &text))
	require.Equal(t, "1", threads)
	require.Equal(t, `it's "quoted" \ back`, text)

	require.NoError(t, conn.QueryRow(ctx, "SELECT toString(getSetting('max_threads'))").Scan(&threads))
	require.NotEqual(t, "1", threads)
	require.Error(t, conn.QueryRow(ctx, "SELECT {text:String}").Scan(&text))
}

func TestEmptyResultsAndStatements(t *testing.T) {
	t.Parallel()
	engine := start(t)
	ctx := bounded(t)
	conn := client(t, engine)
	require.NoError(t, conn.Exec(ctx, "CREATE DATABASE `odd name`"))
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE `odd name`.t (a String) ENGINE = MergeTree ORDER BY a"))
	rows, err := conn.Query(ctx, "SELECT a FROM `odd name`.t")
	require.NoError(t, err)
	require.False(t, rows.Next())
	require.NoError(t, rows.Err())
	require.NoError(t, conn.Exec(ctx, "INSERT INTO `odd name`.t VALUES (?), (?)", "x", "it's"))
	other := client(t, engine, func(o *official.Options) { o.Auth.Database = "odd name" })
	var got []string
	require.NoError(t, other.QueryRow(ctx, "SELECT groupArray(a) FROM (SELECT a FROM t ORDER BY a)").Scan(&got))
	require.Equal(t, []string{"it's", "x"}, got)
}

func TestOnlyWithThePassword(t *testing.T) {
	t.Parallel()
	engine := start(t)
	response, err := http.Post("http://"+engine.Address()+"/", "text/plain", strings.NewReader("SELECT 1"))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Equal(t, "516", response.Header.Get("X-ClickHouse-Exception-Code"))
	require.Contains(t, string(body), "Authentication failed")

	ping, err := http.Get("http://" + engine.Address() + "/ping")
	require.NoError(t, err)
	defer ping.Body.Close()
	require.Equal(t, http.StatusOK, ping.StatusCode)
}

func TestRefusesWhatIsTooLongOrUnknown(t *testing.T) {
	t.Parallel()
	engine := start(t)
	for name, c := range map[string]struct {
		body     io.Reader
		encoding string
		code     string
	}{
		"a statement beyond the limit": {io.LimitReader(spaces{}, maxSQL+2), "", "307"},
		"an unknown encoding":          {strings.NewReader("x"), "lzma", "48"},
		"no statement":                 {strings.NewReader("  "), "", "36"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodPost, engine.URL()+"/", c.body)
			require.NoError(t, err)
			request.Header.Set("Content-Encoding", c.encoding)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			require.Equal(t, c.code, response.Header.Get("X-ClickHouse-Exception-Code"))
		})
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A statement whose client went away does not go on using the machine.
func TestAbandonedStatementIsKilled(t *testing.T) {
	t.Parallel()
	engine := start(t)
	ctx := bounded(t)
	conn := client(t, engine)
	running := func() (n uint64) {
		require.NoError(t, conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query NOT LIKE '%processes%'").Scan(&n))
		return n
	}
	abandoned, abandon := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- client(t, engine).Exec(abandoned, "SELECT sum(sleepEachRow(0.05)) FROM numbers(1000000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 1000000000")
	}()
	require.Eventually(t, func() bool { return running() == 1 }, 20*time.Second, 20*time.Millisecond)
	abandon()
	require.Error(t, <-ended)
	require.Eventually(t, func() bool { return running() == 0 }, 20*time.Second, 20*time.Millisecond)
}
