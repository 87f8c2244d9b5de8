package registry

import (
	"io"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the registry itself.
type metrics struct {
	requests  *prometheus.CounterVec
	received  prometheus.Counter
	sent      prometheus.Counter
	collected *prometheus.CounterVec
	lost      prometheus.Counter
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "syntra_registry_" + name + "_total", Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	opts := prometheus.CounterOpts{Name: "syntra_registry_" + name + "_total", Help: help}
	return prometheus.NewCounterVec(opts, labels)
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests:  counters("requests", "Requests by method and status.", "method", "status"),
		received:  counter("received_bytes", "Bytes of blobs taken in."),
		sent:      counter("sent_bytes", "Bytes of blobs sent."),
		collected: counters("collected", "Garbage deleted, by what it was.", "what"),
		lost:      counter("lost_blobs", "Blobs whose bytes were missing."),
	}
	if r != nil {
		r.MustRegister(m.requests, m.received, m.sent, m.collected, m.lost)
	}
	return m
}

func (m *metrics) collect(done Collected) {
	for what, n := range map[string]int{
		"manifest": done.Manifests,
		"link":     done.Links,
		"blob":     done.Blobs,
		"upload":   done.Uploads,
		"object":   done.Objects,
	} {
		m.collected.WithLabelValues(what).Add(float64(n))
	}
}

// told is a response whose status is counted.
type told struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (t *told) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// ReadFrom lets a file go from the disk to the socket by itself.
func (t *told) ReadFrom(r io.Reader) (int64, error) { return io.Copy(t.ResponseWriter, r) }

// counted counts the requests of a handler.
func (m *metrics) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		t := &told{ResponseWriter: w}
		h.ServeHTTP(t, req)
		if t.status == 0 {
			t.status = http.StatusOK
		}
		m.requests.WithLabelValues(methodOf(req), strconv.Itoa(t.status)).Inc()
	})
}

// methodOf keeps what strangers send from being a label.
func methodOf(req *http.Request) string {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return req.Method
	}
	return "other"
}
