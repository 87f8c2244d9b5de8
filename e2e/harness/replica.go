package harness

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Join starts a further control plane, `syntra serve`, on a platform's engines and waits until it answers. An empty bin
// is the one that `go tool task build` made.
func (p *Platform) Join(ctx context.Context, name, bin string, args ...string) (*Platform, error) {
	r := &Platform{
		Options:  Options{DataDir: filepath.Join(p.DataDir, "replica-"+name), Bin: bin},
		State:    p.State,
		position: p.position,
	}
	if err := os.MkdirAll(r.FaultDir(), 0o700); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(r.LogFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	err = r.run(log, append([]string{
		"serve", "--data", r.DataDir, "--listen", "127.0.0.1:0", "--replica", name,
		"--key-file", filepath.Join(p.DataDir, "master.key"),
		"--database-url", p.Database, "--temporal-address", p.Temporal, "--clickhouse-url", p.ClickHouse,
	}, args...))
	if err != nil {
		return nil, err
	}
	if err := r.awaitAnswer(ctx); err != nil {
		r.Kill()
		return nil, err
	}
	return r, nil
}

// awaitAnswer waits until a replica says that it is ready.
func (p *Platform) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		port, err := os.ReadFile(filepath.Join(p.DataDir, "listen"))
		if err == nil {
			p.URL = "http://127.0.0.1:" + string(port)
			if status, _ := p.Look(ctx, "/readyz"); status == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-p.gone:
			p.gone <- err
			return fmt.Errorf("syntra serve ended (%w) before it was ready:\n%s", err, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("syntra serve is not ready: %w\n%s", ctx.Err(), p.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
