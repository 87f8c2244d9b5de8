package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Exec runs a command in the replica's container. When ctx ends Exec ends; the engine cannot end the command itself, whose
// streams are closed by then.
func (r *Runtime) Exec(ctx context.Context, name string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	api, err := r.engine()
	if err != nil {
		return 0, err
	}
	c, err := r.find(ctx, api, name)
	if err != nil {
		return 0, err
	}
	made, err := api.ContainerExecCreate(ctx, c.ID, container.ExecOptions{Cmd: argv, AttachStdin: stdin != nil, AttachStdout: true, AttachStderr: true})
	if cerrdefs.IsConflict(err) {
		return 0, fmt.Errorf("exec in %s: it is not running: %w", name, runtime.ErrNotFound)
	}
	if err != nil {
		return 0, r.wrap(err, "exec in %s", name)
	}
	conn, err := api.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		return 0, r.wrap(err, "exec in %s", name)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	if stdin != nil {
		// Not waited for: a terminal's reader may never end.
		go func() {
			_, _ = io.Copy(conn.Conn, stdin)
			_ = conn.CloseWrite()
		}()
	}
	err = demultiplex(conn.Reader, stdout, stderr)
	if ctx.Err() != nil {
		return 0, fmt.Errorf("exec in %s: %w", name, ctx.Err())
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, r.wrap(err, "exec in %s", name)
	}
	// The stream also ends when the engine does: only the engine's word is an exit code.
	for {
		seen, err := api.ContainerExecInspect(ctx, made.ID)
		if err != nil {
			return 0, r.wrap(err, "exec in %s", name)
		}
		if !seen.Running {
			return seen.ExitCode, nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("exec in %s: %w", name, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func demultiplex(from io.Reader, stdout, stderr io.Writer) error {
	for {
		stream, payload, err := readFrame(from)
		if err != nil {
			return err
		}
		to := stdout
		if stream == 1 {
			to = stderr
		}
		if to == nil {
			continue
		}
		if _, err := to.Write(payload); err != nil {
			return fmt.Errorf("pass output on: %w", err)
		}
	}
}
