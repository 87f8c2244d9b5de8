package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

const childEnv = "SYNTRA_PROVE_EDGE"

// child turns this program into an edge if it was started as one.
func child() bool {
	raw := os.Getenv(childEnv)
	if raw == "" {
		return false
	}
	var o edge.Options
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	// net/http tells of panics as of everything that goes wrong with clients: at the lowest level.
	o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := edge.Run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// bench is the edge under proof, a process that others take over from.
type bench struct {
	dir     string
	logs    []string
	edges   []*exec.Cmd
	control *control.Client
	at      control.Status
}

// start starts an edge, which takes over from the one that runs, and waits until it serves.
func (b *bench) start(ctx context.Context) error {
	o := edge.Options{
		DataDir: filepath.Join(b.dir, "edge"), Socket: filepath.Join(b.dir, "edge.sock"), HTTPAddr: "127.0.0.1:0", HTTPSAddr: "127.0.0.1:0",
		ClientPatience: time.Second, ClientMinRate: 10_000, Linger: 5 * time.Second,
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(b.dir, fmt.Sprintf("edge-%d.log", len(b.logs))))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	b.logs, b.edges = append(b.logs, log.Name()), append(b.edges, cmd)
	b.control = control.NewClient(o.Socket)
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if b.at, err = b.control.Status(ctx); err == nil && b.at.PID == cmd.Process.Pid {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the edge does not serve: %w", errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
	}
}

func (b *bench) close() {
	for _, cmd := range b.edges {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// put routes a host name to a replica.
func (b *bench) put(ctx context.Context, id, host, address string) error {
	return b.control.PutService(ctx, control.Service{
		ID: id, Hosts: []string{host}, Organization: "org_1", Project: "prj_1",
		Pools: []control.Pool{{Release: "rel_1", Weight: 10_000, Endpoints: control.Local(address)}},
	})
}

func (b *bench) http() string  { return fmt.Sprintf("127.0.0.1:%d", b.at.HTTPPort) }
func (b *bench) https() string { return fmt.Sprintf("127.0.0.1:%d", b.at.HTTPSPort) }

// trust trusts the edge's own authority.
func (b *bench) trust(host string) (*tls.Config, error) {
	pem, err := os.ReadFile(filepath.Join(b.dir, "edge", "certs", "pki", "authorities", "local", "root.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, ServerName: host}, nil
}

// panics counts what the edges' logs hold of them.
func (b *bench) panics() (n int) {
	for _, name := range b.logs {
		raw, err := os.ReadFile(name)
		if err != nil {
			return n + 1
		}
		n += bytes.Count(raw, []byte("panic"))
	}
	return n
}
