package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"
)

// ChildEnv is the environment variable through which Start tells the child its order; a program that finds it set calls
// ServeChild. (The environment, unlike arguments, is not shown to other users.)
const ChildEnv = "SYNTRA_CLICKHOUSE_CHILD"

// order is what the child is to run.
type order struct {
	Library  string `json:"library"`
	DataDir  string `json:"data_dir"`
	Password string `json:"password"`
	Memory   int64  `json:"memory"`
}

// listenerFD is where the child finds the listening socket that the supervisor keeps over restarts.
const listenerFD = 3

// ServeChild is the life of the process that Start starts: it serves until ctx ends or the process that started it is
// gone.
func ServeChild(ctx context.Context, logger *slog.Logger) error {
	var o order
	if err := json.Unmarshal([]byte(os.Getenv(ChildEnv)), &o); err != nil {
		return errors.New("this command runs the embedded ClickHouse and is started by the platform itself")
	}
	_ = os.Unsetenv(ChildEnv)
	file := os.NewFile(listenerFD, "listener")
	listener, err := net.FileListener(file)
	if err != nil {
		return fmt.Errorf("embedded ClickHouse: taking over the listening socket: %w", err)
	}
	_ = file.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		// The supervisor never writes: the end of this stream is its end.
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
		time.Sleep(2 * shutdownGrace) //nolint:forbidigo // a deadline
		os.Exit(1)
	}()
	return Serve(ctx, FrontOptions{
		Library: o.Library, DataDir: o.DataDir, Listener: listener, Password: o.Password, Memory: o.Memory, Logger: logger,
	})
}
