package reactors

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// vectors are the metrics of all reactors; each reactor has its label.
type vectors struct {
	handled, failures, rescued                    *prometheus.CounterVec
	position, head, leading, parked, incompatible *prometheus.GaugeVec
	seconds                                       *prometheus.HistogramVec
}

// metrics are those of one reactor.
type metrics struct {
	handled, failures                             prometheus.Counter
	position, head, leading, parked, incompatible prometheus.Gauge
	seconds                                       prometheus.Observer
}

func newVectors(into prometheus.Registerer) *vectors {
	const space, part = "syntra", "reactor"
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(
			prometheus.GaugeOpts{Namespace: space, Subsystem: part, Name: name, Help: help}, []string{"reactor"})
	}
	counter := func(name, label, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(
			prometheus.CounterOpts{Namespace: space, Subsystem: part, Name: name, Help: help}, []string{label})
	}
	v := &vectors{
		handled:      counter("events_total", "reactor", "Events handled."),
		failures:     counter("failures_total", "reactor", "Tries to handle an event that failed."),
		rescued:      counter("rescued_total", "how", "Open work that the rescuer signalled again, reminded of, or ended."),
		position:     gauge("position", "Position of the last event handled, of those that the reactor reads."),
		head:         gauge("head", "Position of the last event of the log, as last seen by the reactor."),
		leading:      gauge("leading", "1 where this replica runs the reactor."),
		parked:       gauge("parked", "Events that are parked, as the replica that runs the reactor sees it."),
		incompatible: gauge("incompatible", "1 where this replica's program does not know the next event's type or version."),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: space, Subsystem: part, Name: "seconds", Help: "Time to handle an event.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 10),
		}, []string{"reactor"}),
	}
	if into != nil {
		into.MustRegister(v.handled, v.failures, v.rescued, v.position, v.head, v.leading, v.parked, v.incompatible, v.seconds)
	}
	return v
}

func (v *vectors) of(reactor string) *metrics {
	return &metrics{
		handled:      v.handled.WithLabelValues(reactor),
		failures:     v.failures.WithLabelValues(reactor),
		position:     v.position.WithLabelValues(reactor),
		head:         v.head.WithLabelValues(reactor),
		leading:      v.leading.WithLabelValues(reactor),
		parked:       v.parked.WithLabelValues(reactor),
		incompatible: v.incompatible.WithLabelValues(reactor),
		seconds:      v.seconds.WithLabelValues(reactor),
	}
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
