package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// edgeWay is what edge/bench -json prints for one way to reach a program, in turns with the others.
type edgeWay struct {
	Name    string `json:"name"`
	Samples []struct {
		Rate   float64 `json:"requests_per_second"`
		P99    float64 `json:"p99_ms"`
		Failed int     `json:"failed"`
	} `json:"samples"`
}

// measureEdge runs the edge's own benchmark and compares what it took.
func measureEdge(ctx context.Context, s settings, r *report) error {
	out, err := goRun(ctx, nil, "run", "./edge/bench", "-json", "-rounds", strconv.Itoa(s.edgeRounds), "-seconds", strconv.Itoa(s.edgeSeconds))
	if err != nil {
		return err
	}
	var ways []edgeWay
	if err := json.Unmarshal(out, &ways); err != nil {
		return fmt.Errorf("edge/bench: %w\n%s", err, bytes.TrimSpace(out))
	}
	rates, tails := map[string]spread{}, map[string]spread{}
	for _, w := range ways {
		for _, sample := range w.Samples {
			rates[w.Name], tails[w.Name] = append(rates[w.Name], sample.Rate), append(tails[w.Name], sample.P99)
			if sample.Failed > 0 {
				r.note("%s failed %d requests of the load.", w.Name, sample.Failed)
			}
		}
	}
	if len(rates["direct"]) == 0 || len(rates["edge"]) == 0 {
		return fmt.Errorf("edge/bench measured neither direct nor edge: %s", out)
	}
	for _, other := range []string{"direct", "nginx"} {
		if len(rates[other]) == 0 {
			r.note("%s is left out: it is not installed.", other)
			continue
		}
		r.add(row{name: "edge: requests", ours: rates["edge"].rate(), beside: other, theirs: rates[other].rate(), ratio: rates["edge"].over(rates[other])})
		r.add(row{name: "edge: p99", ours: tails["edge"].ms(), beside: other, theirs: tails[other].ms(), ratio: tails["edge"].over(tails[other])})
	}
	if len(rates["nginx"]) > 0 {
		r.add(row{name: "(nginx: requests)", ours: rates["nginx"].rate(), beside: "direct", theirs: rates["direct"].rate(), ratio: rates["nginx"].over(rates["direct"])})
		r.add(row{name: "(nginx: p99)", ours: tails["nginx"].ms(), beside: "direct", theirs: tails["direct"].ms(), ratio: tails["nginx"].over(tails["direct"])})
	}
	fmt.Fprintf(os.Stderr, "  edge %s, direct %s\n", rates["edge"].rate(), rates["direct"].rate())
	return nil
}
