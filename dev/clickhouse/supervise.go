package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func (e *Engine) supervise(ctx context.Context, first chan<- error) {
	runtime.LockOSThread() // see dieWithParent
	defer close(e.done)
	defer e.listener.Close()
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		begun := time.Now()
		err := e.live(ctx)
		if ctx.Err() != nil {
			return
		}
		select {
		case first <- err:
		default:
		}
		if time.Since(begun) > lived {
			pause = firstPause
		}
		e.options.Logger.Error("the embedded ClickHouse ended; starting it again", "error", err, "after", time.Since(begun), "pause", pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// live runs one child from start to end.
func (e *Engine) live(ctx context.Context) error {
	output := &tail{out: e.options.Output}
	command, life, err := e.command(output)
	if err != nil {
		return err
	}
	defer life.Close()
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", command.Path, err)
	}
	e.note(command.Process.Pid, nil)
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
		case <-ctx.Done():
			_ = command.Process.Signal(syscall.SIGTERM)
			_ = life.Close()
			select {
			case <-ended:
			case <-time.After(2*shutdownGrace + 5*time.Second):
				_ = command.Process.Kill()
			}
		}
	}()
	err = command.Wait()
	close(ended)
	if err == nil {
		err = errors.New("its process ended by itself")
	} else if last := output.lastLine(); last != "" {
		err = fmt.Errorf("%w: %s", err, last)
	}
	e.note(0, err)
	return err
}

func (e *Engine) command(output io.Writer) (*exec.Cmd, io.Closer, error) {
	text, err := json.Marshal(e.order)
	if err != nil {
		return nil, nil, err
	}
	socket, err := e.listener.File()
	if err != nil {
		return nil, nil, fmt.Errorf("handing the listening socket down: %w", err)
	}
	command := exec.Command(e.options.Command[0], e.options.Command[1:]...)
	command.Env = append(os.Environ(), ChildEnv+"="+string(text))
	command.ExtraFiles = []*os.File{socket}
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = dieWithParent()
	life, err := command.StdinPipe()
	if err != nil {
		_ = socket.Close()
		return nil, nil, err
	}
	return command, both{life, socket}, nil
}

func (e *Engine) note(pid int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pid = pid
	if err != nil {
		e.last = err
	}
}

// both closes the life line and the handed-down socket.
type both struct{ life, socket io.Closer }

func (b both) Close() error { return errors.Join(b.life.Close(), b.socket.Close()) }
