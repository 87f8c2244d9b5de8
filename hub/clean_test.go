package hub

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/postgrestest"
)

func TestCleanedReplacesOnlyWhatPostgresRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`plain`:               `plain`,
		`a\u0000b`:            `a\ufffdb`,
		`\u0000\u0000`:        `\ufffd\ufffd`,
		`a\\u0000b`:           `a\\u0000b`, // a backslash and the letters u0000
		`\\\u0000`:            `\\\ufffd`,
		`\ud83d\ude00 \u00e9`: `\ud83d\ude00 \u00e9`,
		`\ud83d x`:            `\ufffd x`,
		`\ude00\ud83d`:        `\ufffd\ufffd`,
		`\ud83d\ud83d\ude00`:  `\ufffd\ud83d\ude00`,
		`\ud83d\u0000`:        `\ufffd\ufffd`,
		`\n\"\u001f`:          `\n\"\u001f`,
		"\xff":                "\uFFFD",
		`cut\`:                `cut\`,
		`cut\u00`:             `cut\u00`,
		`\ud83d\`:             `\ufffd\`,
	} {
		require.Equal(t, want, string(cleaned([]byte(in))), in)
	}
}

var exponent = regexp.MustCompile(`[0-9][eE]`)

// PostgreSQL is the judge of what it can store.
func FuzzCleanedIsWhatPostgresStores(f *testing.F) {
	pool := postgrestest.New(f)
	for _, seed := range []string{`{"a":"\u0000"}`, `"\ud83d"`, `"\ud83d\ude00"`, `"\\u0000"`, "\"\xff\"", `{"\u0000":"\ude00"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || len(data) > 1<<10 || exponent.Match(data) {
			return // a number beyond numeric's range is another matter
		}
		_, err := pool.Exec(t.Context(), `SELECT $1::text::jsonb`, string(cleaned(data)))
		require.NoError(t, err, "%q", data)
	})
}
