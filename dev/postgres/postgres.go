// Package postgres runs the embedded PostgreSQL: a real server as a child process that cannot outlive its parent.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/dev/child"
)

// Options of an embedded server.
type Options struct {
	// Native is the folder with bin, lib and share (engines.Postgres).
	Native string
	// DataDir holds the cluster and its passwords. It is made at the first start.
	DataDir string
	// Port on 127.0.0.1; 0 takes a free one.
	Port int
	// Settings are passed as -c name=value.
	Settings map[string]string
	// Log takes the server's messages; nil writes <DataDir>/postgres.log.
	Log io.Writer
}

// Server is a running PostgreSQL.
type Server struct {
	opts      Options
	process   *child.Process
	passwords passwords
	port      int
	logFile   *os.File
}

// Start initialises the cluster if needed, starts it and waits until it answers. A server that an earlier, killed
// parent left behind on the same data is ended first.
func Start(ctx context.Context, o Options) (*Server, error) {
	var err error
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if o.Native, err = filepath.Abs(o.Native); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	s := &Server{opts: o}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if err := endLeftover(ctx, s.cluster()); err != nil {
		return nil, err
	}
	if s.passwords, err = initialise(ctx, o, s.cluster()); err != nil {
		return nil, err
	}
	if s.port = o.Port; s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return nil, fmt.Errorf("postgres: %w", err)
		}
	}
	if err := s.launch(); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		_ = s.Stop()
		return nil, err
	}
	if err := s.ensureDatabase(ctx); err != nil {
		_ = s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) cluster() string { return filepath.Join(s.opts.DataDir, "cluster") }

func (s *Server) launch() error {
	args := []string{"-D", s.cluster(), "-c", "listen_addresses=127.0.0.1", "-c", "port=" + strconv.Itoa(s.port), "-c", "unix_socket_directories="}
	for name, value := range s.opts.Settings {
		args = append(args, "-c", name+"="+value)
	}
	cmd := exec.Command(filepath.Join(s.opts.Native, "bin", "postgres"), args...)
	out := s.opts.Log
	if out == nil {
		f, err := os.OpenFile(filepath.Join(s.opts.DataDir, "postgres.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
		s.logFile, out = f, f
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := prepare(cmd, s.opts); err != nil {
		return err
	}
	var err error
	// SIGINT is PostgreSQL's fast shutdown: sessions are cut, the data files left clean.
	s.process, err = child.Start(cmd, syscall.SIGINT)
	return err
}

func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.process.Done():
			return fmt.Errorf("postgres ended while starting (%w): see %s", s.process.Err(), filepath.Join(s.opts.DataDir, "postgres.log"))
		case <-ctx.Done():
			return fmt.Errorf("postgres on port %d does not answer: %w", s.port, errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Port it listens on.
func (s *Server) Port() int { return s.port }

// PID of the postmaster.
func (s *Server) PID() int { return s.process.PID() }

// Done is closed when the server has ended, asked or not.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// URL connects as the owner of the platform's database, who is no superuser, so that row-level security binds it.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", appRole, s.passwords.App, s.port, appDatabase)
}

// AdminURL connects to a database as the superuser.
func (s *Server) AdminURL(database string) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", adminRole, s.passwords.Admin, s.port, database)
}

// Stop ends the server; committed data is safe either way.
func (s *Server) Stop() error {
	err := s.process.Stop(syscall.SIGINT, 30*time.Second)
	if s.logFile != nil {
		_ = s.logFile.Close()
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// endLeftover ends a postmaster that still runs on this cluster.
func endLeftover(ctx context.Context, cluster string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		pid := postmasterPID(cluster)
		if pid == 0 {
			return nil
		}
		_ = syscall.Kill(pid, syscall.SIGINT)
		select {
		case <-ctx.Done():
			return fmt.Errorf("another postgres (pid %d) runs on %s and does not end: stop it and start again", pid, cluster)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// postmasterPID is the live postmaster's pid on this cluster, or 0. A pid that was given to another program since a
// crash is told apart by its command line.
func postmasterPID(cluster string) int {
	raw, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid <= 0 || syscall.Kill(pid, 0) != nil {
		return 0
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil && !strings.Contains(string(cmdline), cluster) {
		return 0
	}
	return pid
}
