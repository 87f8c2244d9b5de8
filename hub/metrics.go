package hub

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/syntra-dev/syntra/agent/wire"
)

// metrics of the hub itself.
type metrics struct {
	connected prometheus.Gauge
	refused   prometheus.Counter
	commands  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	logs      prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		connected: prometheus.NewGauge(prometheus.GaugeOpts{Name: "syntra_hub_agents_connected", Help: "Agents connected to this replica."}),
		refused:   prometheus.NewCounter(prometheus.CounterOpts{Name: "syntra_hub_agents_refused_total", Help: "Connections refused for their token."}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "syntra_hub_commands_total", Help: "Commands by kind and outcome."},
			[]string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "syntra_hub_command_seconds", Help: "How long commands took, by kind.",
			Buckets: prometheus.ExponentialBuckets(0.005, 4, 10)}, []string{"kind"}),
		logs: prometheus.NewCounter(prometheus.CounterOpts{Name: "syntra_hub_log_records_total", Help: "Log lines taken in from agents."}),
	}
	if r != nil {
		r.MustRegister(m.connected, m.refused, m.commands, m.seconds, m.logs)
	}
	return m
}

func (m *metrics) command(kind wire.Kind, res wire.Result, err error, took time.Duration) {
	outcome := "ok"
	switch {
	case errors.Is(err, ErrOffline):
		outcome = "offline"
	case errors.Is(err, ErrElsewhere):
		outcome = "elsewhere"
	case err != nil:
		outcome = "abandoned"
	case res.Error != nil:
		outcome = "failed"
	}
	m.commands.WithLabelValues(string(kind), outcome).Inc()
	m.seconds.WithLabelValues(string(kind)).Observe(took.Seconds())
}
