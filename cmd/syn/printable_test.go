package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, plain, colour string }{
		"text":                       {"GET / 200 ü€ 😀", "GET / 200 ü€ 😀", "GET / 200 ü€ 😀"},
		"a tab":                      {"a\tb", "a\tb", "a\tb"},
		"colours":                    {"\x1b[1;31merror\x1b[0m: no", "error: no", "\x1b[1;31merror\x1b[0m: no\x1b[0m"},
		"a colour left on":           {"\x1b[32mok", "ok", "\x1b[32mok\x1b[0m"},
		"a cursor that moves":        {"a\x1b[2J\x1b[1;1Hb", "ab", "ab"},
		"a title, ended by BEL":      {"\x1b]0;owned\x07x", "x", "x"},
		"a clipboard, ended by ST":   {"\x1b]52;c;ZXZpbA==\x1b\\x", "x", "x"},
		"a device string":            {"\x1bP1$r\x1b\\x", "x", "x"},
		"an 8-bit introducer":        {"a\u009b2Jb", "a2Jb", "a2Jb"},
		"bells, backspaces, returns": {"a\a\b\rb\x7f", "ab", "ab"},
		"a cut sequence":             {"a\x1b[3", "a", "a"},
		"marks that combine":         {"e\u0301\x1b[K", "e\u0301", "e\u0301"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.plain, printable(c.in, false))
			require.Equal(t, c.colour, printable(c.in, true))
		})
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"a\x1b[31mb", "\x1b]0;x\x07", "\u009b", "\xff\xfe", "\x1b\x1b[[mm"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range printable(s, false) {
			require.False(t, unicode.IsControl(r) && r != '\t', "%q of %q", r, s)
		}
		for _, part := range strings.Split(printable(s, true), "\x1b")[1:] {
			require.Regexp(t, `^\[[0-9;:]*m`, part, "nothing but colours")
		}
	})
}
