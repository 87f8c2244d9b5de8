package clickhouse

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// StartOptions say how Start runs the engine's process.
type StartOptions struct {
	// Command is the program and arguments of the child, which must call ServeChild. Empty: this executable with the
	// argument "clickhouse".
	Command []string
	Library string // see Library
	DataDir string
	Listen  string // loopback address; empty is 127.0.0.1:0
	Memory  int64  // see FrontOptions
	Output  io.Writer
	Logger  *slog.Logger
}

// Engine is a supervised engine: its process is started again, with growing pauses, whenever it ends. The listening
// socket is the supervisor's, so the address stays and requests of a restart wait instead of being refused.
type Engine struct {
	options  StartOptions
	order    order
	listener *net.TCPListener
	stop     context.CancelFunc
	done     chan struct{}

	mu   sync.Mutex
	pid  int
	last error // why the child ended last
}

// Pauses before a restart: the first, and the longest. They start over after a child has lived for a while.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 15 * time.Second
	lived      = 30 * time.Second
)

// Start starts the engine and waits until it answers, which takes under a second, or until the child failed to start. It
// runs until ctx ends or Stop.
func Start(ctx context.Context, options StartOptions) (*Engine, error) {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.Listen == "" {
		options.Listen = "127.0.0.1:0"
	}
	if options.Output == nil {
		options.Output = os.Stderr
	}
	if len(options.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("embedded ClickHouse: finding this program: %w", err)
		}
		options.Command = []string{self, "clickhouse"}
	}
	listener, err := listen(FrontOptions{Listen: options.Listen})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	e := &Engine{
		options:  options,
		order:    order{Library: options.Library, DataDir: options.DataDir, Password: rand.Text(), Memory: options.Memory},
		listener: listener.(*net.TCPListener), stop: stop, done: make(chan struct{}),
	}
	first := make(chan error, 1)
	go e.supervise(running, first)
	if err := e.awaitFirst(ctx, first); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

// URL is the engine's address for clickhouse-go and for CLICKHOUSE_URL, with user and password, without a database.
func (e *Engine) URL() string {
	return (&url.URL{Scheme: "http", Host: e.Address(), User: url.UserPassword("syntra", e.order.Password)}).String()
}

// Address is host:port.
func (e *Engine) Address() string { return e.listener.Addr().String() }

// Pid is the process that runs now, 0 between two.
func (e *Engine) Pid() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pid
}

// Healthy asks the engine for a sign of life.
func (e *Engine) Healthy(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL()+"/?query=SELECT+1", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		return errors.Join(fmt.Errorf("the embedded ClickHouse does not answer: %w", err), e.last)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the embedded ClickHouse answers %s", response.Status)
	}
	return nil
}

// Stop ends the engine gracefully and returns when its process is gone.
func (e *Engine) Stop() {
	e.stop()
	<-e.done
}

// Done is closed when the engine has been stopped and its process is gone.
func (e *Engine) Done() <-chan struct{} { return e.done }

func (e *Engine) awaitFirst(ctx context.Context, first <-chan error) error {
	answered := make(chan error, 1)
	go func() { answered <- e.Healthy(ctx) }() // waits in the socket's queue until the child takes it
	select {
	case err := <-first:
		return fmt.Errorf("the embedded ClickHouse did not start: %w", err)
	case err := <-answered:
		return err
	}
}
