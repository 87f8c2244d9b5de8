package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadValues(t *testing.T) {
	t.Parallel()
	type values = map[string]string
	const dotenv = "# a comment\nexport A=one\nB='two words'\nC=\nD=\"two\\nlines\"\n"
	for name, c := range map[string]struct {
		input, file string
		args        []string
		want        values
		refused     string
	}{
		"an argument":                     {args: []string{"A=b=c"}, want: values{"A": "b=c"}},
		"an empty value":                  {args: []string{"A="}, want: values{"A": ""}},
		"a pipe, with its last newline":   {input: "x\n", args: []string{"A"}, want: values{"A": "x\n"}},
		"an empty pipe":                   {args: []string{"A"}, want: values{"A": ""}},
		"a .env file":                     {input: dotenv, file: "-", want: values{"A": "one", "B": "two words", "C": "", "D": "two\nlines"}},
		"arguments win over the file":     {input: dotenv, file: "-", args: []string{"A=1", "B=2", "C=3", "D=4"}, want: values{"A": "1", "B": "2", "C": "3", "D": "4"}},
		"one pipe does not fill two":      {input: "x", args: []string{"A", "B"}, refused: "exactly one variable"},
		"one pipe is no file and a value": {input: "x", file: "-", args: []string{"A"}, refused: "exactly one variable"},
		"nothing":                         {refused: "nothing to set"},
		"an empty file":                   {file: "-", refused: "nothing to set"},
		"no text":                         {input: "\xff\xfe", args: []string{"A"}, refused: "A is not UTF-8 text"},
		"a file that is none":             {file: "nowhere/.env", refused: "nowhere/.env"},
		"a file that says something else": {input: "A=\"never ends", file: "-", refused: "not a .env file"},
		"more than is kept":               {input: string(make([]byte, 1<<20)), args: []string{"A"}, refused: "variable A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := filepath.Join(t.TempDir(), "in")
			require.NoError(t, os.WriteFile(in, []byte(c.input), 0o600))
			stdin, err := os.Open(in)
			require.NoError(t, err)
			defer stdin.Close()
			got, err := readValues(stdin, c.file, c.args)
			if c.refused != "" {
				require.ErrorContains(t, err, c.refused)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
