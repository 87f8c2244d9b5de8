package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, key, typed string
		want               string // as JSON
		refused            string
	}{
		"a number":                      {`{}`, "run.port", "3000", `{"run":{"port":3000}}`, ""},
		"a number that is none":         {`{}`, "run.port", "http", "", `run.port: "http" is not a whole number`},
		"text that looks like one":      {`{"source":{"kind":"git"}}`, "source.branch", "1.0", `{"source":{"kind":"git","branch":"1.0"}}`, ""},
		"a fraction":                    {`{}`, "run.cpus", "0.5", `{"run":{"cpus":0.5}}`, ""},
		"a list":                        {`{"domains":["a.b"]}`, "domains", "x.y, z.y", `{"domains":["x.y","z.y"]}`, ""},
		"an empty list":                 {`{"domains":["a.b"]}`, "domains", "", `{"domains":[]}`, ""},
		"one of a map":                  {`{"build":{"args":{"A":"1"}}}`, "build.args.B", "2", `{"build":{"args":{"A":"1","B":"2"}}}`, ""},
		"a map at once":                 {`{}`, "build.args", "A=1", "", "one of its names at a time"},
		"a key that is none":            {`{}`, "run.prot", "1", "", `no setting "run.prot"`},
		"a group":                       {`{}`, "run", "1", "", `no setting "run"`},
		"what says nothing is left out": {`{"source":{"kind":""},"health":{}}`, "run.port", "2", `{"run":{"port":2}}`, ""},
		"others stay as they are":       {`{"health":{"path":"/up"},"run":{"port":1}}`, "run.port", "2", `{"health":{"path":"/up"},"run":{"port":2}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var svc syntra.Service
			require.NoError(t, json.Unmarshal([]byte(c.before), &svc.Config))
			all, err := settingsOf(svc)
			require.NoError(t, err)
			err = all.set(c.key, c.typed)
			if c.refused != "" {
				require.ErrorContains(t, err, c.refused)
				return
			}
			require.NoError(t, err)
			got, err := json.Marshal(all)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))

			require.NoError(t, all.unset(c.key))
			value, err := all.get(c.key)
			require.NoError(t, err)
			require.Empty(t, value)
		})
	}
}

func TestSettingsAreShownAndReadAsYAML(t *testing.T) {
	t.Parallel()
	all := settings{"run": map[string]any{"port": 3000.0}, "domains": []any{"a.b"}}
	var out bytes.Buffer
	writeYAML(&out, map[string]any(all))
	require.Equal(t, "domains:\n  - a.b\nrun:\n  port: 3000\n", out.String())

	again := settings{}
	require.NoError(t, edited(out.Bytes()).into(again))
	want, _ := json.Marshal(all)
	got, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
	require.ErrorContains(t, edited("\tno").into(settings{}), "nothing was changed")
	group, err := all.get("run")
	require.NoError(t, err)
	require.Equal(t, map[string]any{"port": 3000.0}, group)
	_, err = all.get("runs")
	require.ErrorContains(t, err, `no setting "runs"`)
}
