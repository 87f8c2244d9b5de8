package ingest

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	ingested, copies, stored prometheus.Counter
	dropped                  *prometheus.CounterVec
	gaps, failures           prometheus.Counter
	insert                   prometheus.Histogram
	batch                    prometheus.Histogram
}

// newMetrics registers the metrics of a sink; registerer may be nil.
func newMetrics(registerer prometheus.Registerer, s *Sink) *metrics {
	const namespace, subsystem = "syntra", "logs"
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help})
	}
	m := &metrics{
		ingested: counter("ingested_total", "Log lines taken from agents."),
		copies:   counter("copies_total", "Log lines that agents sent again after they had been taken."),
		stored:   counter("stored_total", "Log lines stored in ClickHouse."),
		gaps:     counter("gaps_total", "Gaps shown to readers."),
		failures: counter("insert_failures_total", "Inserts into ClickHouse that failed and were tried again."),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: "dropped_total",
			Help: "Log lines lost, by reason: the spool was full, or a record was malformed."}, []string{"reason"}),
		insert: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Subsystem: subsystem, Name: "insert_seconds",
			Help: "Duration of inserts into ClickHouse.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 12)}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Subsystem: subsystem, Name: "insert_rows",
			Help: "Log lines per insert.", Buckets: prometheus.ExponentialBuckets(1, 4, 8)}),
	}
	if registerer == nil {
		return m
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, value)
	}
	registerer.MustRegister(m.ingested, m.copies, m.stored, m.gaps, m.failures, m.dropped, m.insert, m.batch,
		gauge("spool_bytes", "Size of the log spool on disk.", func() float64 { return float64(s.spool.Size()) }),
		gauge("lag_seconds", "How long the oldest log line that is not in ClickHouse yet has waited.", func() float64 { return s.Lag().Seconds() }),
	)
	return m
}

// Lag is how long the oldest line that is not stored yet has waited; 0 where none waits.
func (s *Sink) Lag() time.Duration {
	since := s.waitingSince.Load()
	if since == 0 {
		return 0
	}
	return max(0, time.Since(time.Unix(0, since)))
}
