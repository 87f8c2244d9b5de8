package main

import (
	"encoding/json"
	"os"
)

type jsonWay struct {
	Name    string       `json:"name"`
	Samples []jsonSample `json:"samples"`
}

type jsonSample struct {
	Rate   float64 `json:"requests_per_second"`
	P99    float64 `json:"p99_ms"`
	Failed int     `json:"failed"`
}

// reportJSON prints every sample, for a program that judges them.
func reportJSON(ways []*way) error {
	all := make([]jsonWay, len(ways))
	for i, w := range ways {
		all[i].Name = w.name
		for _, s := range w.samples {
			all[i].Samples = append(all[i].Samples, jsonSample{s.rate, float64(s.p99.Microseconds()) / 1000, s.failed})
		}
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}
