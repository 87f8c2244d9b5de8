package main

import "fmt"

// growth shows the same figures by how many events the log holds.
func growth(found map[string]metrics, sizes []int, r *report) error {
	sec := section{
		title: "How the log grows",
		text: "Medians by the number of events in the log. Appending and rebuilding are ratios to the raw way, the rest is from the " +
			"answer of an append until every read model shows it.",
		head: []string{
			"events", "append ÷ raw, 1 writer", "8", "64", "rebuild ÷ raw", "shown p50, one at a time", "p99",
			"shown p50, 500 a second asked", "p99", "reached",
		},
	}
	for _, n := range sizes {
		line := []string{fmt.Sprint(n)}
		for _, writers := range []int{1, 8, 64} {
			m, err := reported(found, fmt.Sprintf(appendBench, n, writers), "append÷raw")
			if err != nil {
				return err
			}
			line = append(line, fmt.Sprintf("%.2f", m["append÷raw"].median()))
		}
		m, err := reported(found, fmt.Sprintf(rebuildBench, n), "rebuild÷raw")
		if err != nil {
			return err
		}
		line = append(line, fmt.Sprintf("%.2f", m["rebuild÷raw"].median()))
		for _, pace := range []string{"quiet", "500-a-second"} {
			m, err = reported(found, fmt.Sprintf(lagBench, n, pace), "p50-ms", "p99-ms", "events/s")
			if err != nil {
				return err
			}
			line = append(line, m["p50-ms"].ms(), m["p99-ms"].ms())
		}
		sec.rows = append(sec.rows, append(line, m["events/s"].rate()))
	}
	r.sections = append(r.sections, sec)
	return nil
}
