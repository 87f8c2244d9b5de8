package edge

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/syntra-dev/syntra/edge/control"
)

// stats are this edge's measurements and those of the edges before it.
func (e *edge) stats(ctx context.Context) []control.ReleaseStats {
	out := []control.ReleaseStats{}
	for _, r := range e.router.Releases() {
		out = append(out, r.Stats())
	}
	return merge(out, e.predecessor.stats(ctx))
}

// merge adds more to out, release by release.
func merge(out, more []control.ReleaseStats) []control.ReleaseStats {
	at := map[string]int{}
	for i, s := range out {
		at[s.Service+"/"+s.Release] = i
	}
	for _, s := range more {
		i, ok := at[s.Service+"/"+s.Release]
		if !ok {
			out = append(out, s)
			continue
		}
		o := &out[i]
		o.Requests += s.Requests
		o.Errors += s.Errors
		o.InFlight += s.InFlight
		o.LatencySum += s.LatencySum
		for j := range min(len(o.LatencyBuckets), len(s.LatencyBuckets)) {
			o.LatencyBuckets[j] += s.LatencyBuckets[j]
		}
	}
	return out
}

// metrics writes the measurements in Prometheus' text format.
func (e *edge) metrics(w http.ResponseWriter, r *http.Request) {
	labels := map[string]string{}
	for _, rel := range e.router.Releases() {
		labels[rel.Service+"/"+rel.ID] = fmt.Sprintf("org=%q,project=%q,", escape(rel.Organization), escape(rel.Project))
	}
	stats := e.stats(r.Context())
	var b strings.Builder
	family := func(name, kind, help string, write func(s control.ReleaseStats, labels string)) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		for _, s := range stats {
			write(s, labels[s.Service+"/"+s.Release]+fmt.Sprintf("service=%q,release=%q", s.Service, s.Release))
		}
	}
	family("syntra_edge_requests_total", "counter", "Requests answered or abandoned.", func(s control.ReleaseStats, l string) {
		fmt.Fprintf(&b, "syntra_edge_requests_total{%s} %d\n", l, s.Requests)
	})
	family("syntra_edge_errors_total", "counter", "Requests answered with 5xx, and answers that broke off.", func(s control.ReleaseStats, l string) {
		fmt.Fprintf(&b, "syntra_edge_errors_total{%s} %d\n", l, s.Errors)
	})
	family("syntra_edge_in_flight", "gauge", "Requests and sockets under way.", func(s control.ReleaseStats, l string) {
		fmt.Fprintf(&b, "syntra_edge_in_flight{%s} %d\n", l, s.InFlight)
	})
	family("syntra_edge_latency_seconds", "histogram", "Time to the head of the response.", func(s control.ReleaseStats, l string) {
		var sum uint64
		for i, n := range s.LatencyBuckets {
			sum += n
			le := "+Inf"
			if i < len(control.LatencyBounds) {
				le = strconv.FormatFloat(control.LatencyBounds[i], 'g', -1, 64)
			}
			fmt.Fprintf(&b, "syntra_edge_latency_seconds_bucket{%s,le=%q} %d\n", l, le, sum)
		}
		fmt.Fprintf(&b, "syntra_edge_latency_seconds_sum{%s} %g\nsyntra_edge_latency_seconds_count{%s} %d\n", l, s.LatencySum, l, sum)
	})
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(b.String()))
}

// escape keeps label values printable, so that %q writes nothing that Prometheus does not read.
func escape(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
}
