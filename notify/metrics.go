package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	tries   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	pending prometheus.Gauge
	dead    prometheus.Gauge
	late    prometheus.Gauge
}

func newMetrics(into prometheus.Registerer) *metrics {
	const space, part = "syntra", "notify"
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: space, Subsystem: part, Name: name, Help: help})
	}
	m := &metrics{
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: space, Subsystem: part, Name: "tries_total", Help: "Tries to deliver a message, by the state that they led to.",
		}, []string{"channel", "state"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: space, Subsystem: part, Name: "seconds", Help: "Time of one try.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 10),
		}, []string{"channel"}),
		pending: gauge("pending", "Messages that wait for delivery."),
		dead:    gauge("dead", "Messages that were given up and are still kept."),
		late:    gauge("late_seconds", "How long the oldest due message has been waiting."),
	}
	if into != nil {
		into.MustRegister(m.tries, m.seconds, m.pending, m.dead, m.late)
	}
	return m
}

func (m *metrics) observe(channel string, out outcome) {
	m.tries.WithLabelValues(channel, string(out.state)).Inc()
	m.seconds.WithLabelValues(channel).Observe(out.took.Seconds())
}

// watch measures the backlog, and deletes what is too old, until ctx ends.
func (w *worker) watch(ctx context.Context) {
	const measureEvery, pruneEvery, pruneAtOnce = 15 * time.Second, time.Hour, 1000
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	var pruned time.Time
	for ctx.Err() == nil {
		if b, err := w.backlog(ctx); err == nil {
			w.metrics.pending.Set(float64(b.pending))
			w.metrics.dead.Set(float64(b.dead))
			w.metrics.late.Set(b.late.Seconds())
		}
		for time.Since(pruned) >= pruneEvery {
			deleted, err := w.prune(ctx, w.Keep, pruneAtOnce)
			if err != nil && ctx.Err() == nil {
				w.log.Warn("old messages are not deleted; trying again in an hour", "error", err)
			}
			if err != nil || deleted < pruneAtOnce {
				pruned = time.Now()
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// tooStill is how long nothing may be tried while something is due.
const tooStill = 5 * time.Minute

// Healthy returns why messages are not delivered, or nil. A receiver that is slow or dead, and has many messages waiting,
// is no fault of the platform's.
func (o *Outbox) Healthy(ctx context.Context) error {
	b, err := o.backlog(ctx)
	if err == nil && b.still > tooStill {
		err = fmt.Errorf("a notification has been due for %s, and none was tried for %s",
			b.late.Round(time.Second), b.still.Round(time.Second))
	}
	return err
}
