package certs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddytls"
	_ "github.com/caddyserver/caddy/v2/modules/logging" // the JSON encoder
)

func init() {
	caddy.RegisterModule(permission{})
	caddy.RegisterModule(logWriter{})
}

// hook is what a module of ours needs of the Authority that configured it.
type hook struct {
	allowed func(string) bool
	log     *slog.Logger
}

// hooks finds them by instance (string → hook): Caddy makes modules from JSON, which can name but not hold them.
var hooks sync.Map

// permission lets only host names of the edge's table have certificates: without it, anybody who points a name at the
// edge could make it ask an authority for certificates without end.
type permission struct {
	Instance string `json:"instance"`
}

// CaddyModule names the module.
func (permission) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "tls.permission.syntra_edge", New: func() caddy.Module { return new(permission) }}
}

// CertificateAllowed is asked at handshakes for names that have no certificate in memory.
func (p *permission) CertificateAllowed(_ context.Context, name string) error {
	if h, ok := hooks.Load(p.Instance); ok && h.(hook).allowed(name) {
		return nil
	}
	return fmt.Errorf("%w: no service has the host name %q", caddytls.ErrPermissionDenied, name)
}

// logWriter turns Caddy's log lines into slog records.
type logWriter struct {
	Instance string `json:"instance"`
}

// CaddyModule names the module.
func (logWriter) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.logging.writers.syntra_edge", New: func() caddy.Module { return new(logWriter) }}
}

func (w *logWriter) String() string                      { return "syntra edge " + w.Instance }
func (w *logWriter) WriterKey() string                   { return "syntra_edge:" + w.Instance }
func (w *logWriter) OpenWriter() (io.WriteCloser, error) { return w, nil }
func (w *logWriter) Close() error                        { return nil }

// Write takes one JSON line.
func (w *logWriter) Write(b []byte) (int, error) {
	h, ok := hooks.Load(w.Instance)
	if !ok {
		return len(b), nil
	}
	var line map[string]any
	if json.Unmarshal(bytes.TrimSpace(b), &line) != nil {
		return len(b), nil //nolint:nilerr // a line that is no JSON is not worth a failure
	}
	level := slog.LevelWarn
	if line["level"] == "error" {
		level = slog.LevelError
	}
	attrs := []any{}
	for k, v := range line {
		if k != "level" && k != "ts" && k != "msg" && k != "stacktrace" {
			attrs = append(attrs, k, v)
		}
	}
	h.(hook).log.Log(context.Background(), level, "certificates: CertMagic says", append(attrs, "says", line["msg"])...)
	return len(b), nil
}
