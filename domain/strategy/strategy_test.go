package strategy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/strategy"
)

func TestStrategyIsChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given   string
		refused string
	}{
		"blue and green":                     {`{"kind": "blue_green"}`, ""},
		"two releases side by side":          {`{"kind": "ab"}`, ""},
		"rolling with one more":              {`{"kind": "rolling", "max_surge": 1}`, ""},
		"rolling with one less":              {`{"kind": "rolling", "max_unavailable": 1}`, ""},
		"a canary of two stages":             {canary(5, 25), ""},
		"unknown":                            {`{"kind": "big_bang"}`, "unknown"},
		"none":                               {`{}`, "unknown"},
		"a canary without stages":            {`{"kind": "canary"}`, "1 to 20 steps, not 0"},
		"a canary that takes traffic back":   {canary(25, 5), "step 2 of the canary: weight 5 is not more than the 25"},
		"a canary that repeats a weight":     {canary(5, 5), "step 2"},
		"a canary with nothing":              {canary(0), "step 1 of the canary: weight 0"},
		"a canary with everything":           {canary(100), "weight 100"},
		"a canary that nobody watches":       {`{"kind": "canary", "steps": [{"weight": 5}]}`, "watch_seconds 0"},
		"rolling that replaces nothing":      {`{"kind": "rolling"}`, "both 0"},
		"rolling with a negative surge":      {`{"kind": "rolling", "max_surge": -1}`, "from 0 to 100"},
		"blue and green with stages":         {`{"kind": "blue_green", "steps": [{"weight": 5}]}`, "has no steps"},
		"blue and green with a surge":        {`{"kind": "blue_green", "max_surge": 1}`, "no max_surge"},
		"a canary with replicas to be short": {`{"kind": "canary", "max_unavailable": 1, "steps": [{"weight": 5, "watch_seconds": 1}]}`, "no max_surge"},
	} {
		var s strategy.Strategy
		require.NoError(t, json.Unmarshal([]byte(c.given), &s), name)
		err := s.Check()
		if c.refused == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.refused, name)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), name)
	}
}

func TestBlueGreenIsTheDefaultAndTheOnlyOneAvailable(t *testing.T) {
	t.Parallel()
	require.Equal(t, strategy.Strategy{Kind: strategy.BlueGreen}, strategy.Strategy{}.WithDefaults())
	for _, kind := range strategy.Kinds {
		err := strategy.Strategy{Kind: kind}.WithDefaults().CheckAvailable()
		if kind == strategy.BlueGreen {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "not available yet", kind)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), kind)
	}
}

func canary(weights ...int) string {
	s := strategy.Strategy{Kind: strategy.Canary}
	for _, w := range weights {
		s.Steps = append(s.Steps, strategy.Stage{Weight: w, WatchSeconds: 60})
	}
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // two numbers that are no JSON
	}
	return string(data)
}
