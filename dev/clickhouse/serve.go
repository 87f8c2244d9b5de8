package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v4/mem"
)

// FrontOptions say how Serve runs.
type FrontOptions struct {
	Library string // path of libchdb, see Library
	DataDir string // made where it is missing; one process at a time uses it
	// Listen is a loopback address such as 127.0.0.1:0. Listener, where given, is used instead and closed by Serve.
	Listen   string
	Listener net.Listener
	// Password is asked of every client (any user name).
	Password string
	// Memory bounds the engine, in bytes; 0 takes a quarter of the machine's, at least 512 MiB and at most 2 GiB.
	Memory  int64
	OnReady func(address string) // called when the engine answers
	Logger  *slog.Logger
}

// shutdownGrace is how long running statements may take to end after ctx has.
const shutdownGrace = 10 * time.Second

// Serve runs the engine and its HTTP front until ctx ends, then lets running statements end and closes the engine. It is
// meant to be all that a process does: the engine is native code, and a fault in it ends the process.
func Serve(ctx context.Context, options FrontOptions) error {
	logger := options.Logger
	if logger == nil {
		logger = slog.Default()
	}
	listener, err := listen(options)
	if err != nil {
		return err
	}
	defer listener.Close()
	unlock, err := lock(ctx, options.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	temporary, err := emptyDir(filepath.Join(options.DataDir, "incoming"))
	if err != nil {
		return err
	}
	engine, err := newEngine(options.Library, filepath.Join(options.DataDir, "data"), memory(options.Memory))
	if err != nil {
		return err
	}
	defer engine.close()
	return serve(ctx, listener, &front{engine: engine, dir: temporary, password: options.Password, logger: logger}, options.OnReady)
}

func serve(ctx context.Context, listener net.Listener, f *front, ready func(string)) error {
	running, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	server := &http.Server{
		Handler:           http.MaxBytesHandler(f, maxData+1),
		BaseContext:       func(net.Listener) context.Context { return running },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(f.logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if ready != nil {
		ready(listener.Addr().String())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("embedded ClickHouse: serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		kill()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		return errors.Join(server.Shutdown(last))
	}
	return nil
}

func listen(options FrontOptions) (net.Listener, error) {
	listener := options.Listener
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", options.Listen); err != nil {
			return nil, fmt.Errorf("embedded ClickHouse: %w", err)
		}
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		_ = listener.Close()
		return nil, fmt.Errorf("embedded ClickHouse: %s is not a loopback address; it serves this machine only", listener.Addr())
	}
	return listener, nil
}

// emptyDir makes the directory and removes what a killed process left in it.
func emptyDir(dir string) (string, error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("embedded ClickHouse: removing left-over files: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("embedded ClickHouse: %w", err)
	}
	return filepath.Abs(dir)
}

func memory(wanted int64) int64 {
	if wanted > 0 {
		return wanted
	}
	const least, most = 512 << 20, 2 << 30
	machine, err := mem.VirtualMemory()
	if err != nil {
		return least
	}
	return min(max(int64(machine.Total/4), least), most)
}
