package reactors

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	handled, failures       prometheus.Counter
	position, head, leading prometheus.Gauge
	seconds                 prometheus.Histogram
}

func newMetrics(into prometheus.Registerer) *metrics {
	const space, part = "syntra", "reactor"
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: space, Subsystem: part, Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: space, Subsystem: part, Name: name, Help: help})
	}
	m := &metrics{
		handled:  counter("events_total", "Events handled."),
		failures: counter("failures_total", "Tries to handle an event that failed."),
		position: gauge("position", "Position of the last event handled, of those that the reactor reads."),
		head:     gauge("head", "Position of the last event of the log, as last seen by the reactor."),
		leading:  gauge("leading", "1 where this replica runs the reactor."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: space, Subsystem: part, Name: "seconds", Help: "Time to handle an event.", Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
		}),
	}
	if into != nil {
		for _, c := range []prometheus.Collector{m.handled, m.failures, m.position, m.head, m.leading, m.seconds} {
			into.MustRegister(c)
		}
	}
	return m
}

// measure keeps the head gauge fresh while this replica runs the reactor.
func (r *reactor) measure(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if head, err := r.options.Log.Head(ctx); err == nil {
			r.metrics.head.Set(float64(head))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
