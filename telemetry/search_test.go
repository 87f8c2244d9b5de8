package telemetry_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestParseSearch(t *testing.T) {
	word := func(text string) telemetry.Term { return telemetry.Term{Text: text} }
	for text, want := range map[string][]telemetry.Term{
		"":                      nil,
		"  \t ":                 nil,
		"error":                 {word("error")},
		" disk  full ":          {word("disk"), word("full")},
		`"disk full" now`:       {{Text: "disk full", Phrase: true}, word("now")},
		`-debug -"all is well"`: {{Text: "debug", Not: true}, {Text: "all is well", Phrase: true, Not: true}},
		`"still typing`:         {{Text: "still typing", Phrase: true}},
		`- "" -""`:              nil,
		`a"b`:                   {word(`a"b`)},
		"--flag":                {{Text: "-flag", Not: true}},
	} {
		got, err := telemetry.ParseSearch(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.Terms, text)
	}
}

func TestParseSearchRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"too long":       strings.Repeat("x", telemetry.MaxSearch+1),
		"too many words": strings.Repeat("x ", telemetry.MaxTerms+1),
		"not text":       "\xff",
		"a NUL":          "a\x00b",
	} {
		_, err := telemetry.ParseSearch(text)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), name)
	}
}

func FuzzParseSearch(f *testing.F) {
	for _, seed := range []string{``, `a -b "c d" -"e`, `"`, `-`, `--"`, "ä\u2028b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		search, err := telemetry.ParseSearch(text)
		if err != nil {
			require.Equal(t, domain.Invalid, domain.CodeOf(err))
			return
		}
		for _, term := range search.Terms {
			require.NotEmpty(t, term.Text)
			require.True(t, utf8.ValidString(term.Text))
			require.Contains(t, text, term.Text)
		}
		search.Match(text)
	})
}
