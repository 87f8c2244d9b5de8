//go:build linux

package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// The control socket takes one JSON request and gives one JSON answer a connection. An exec brings its three standard
// streams as file descriptors; hanging up ends it.

type controlRequest struct {
	Op    string        `json:"op"` // "stop", "exec", or "save": write the instance's files again
	Grace time.Duration `json:"grace,omitempty"`
	Argv  []string      `json:"argv,omitempty"`
}

type controlAnswer struct {
	Error    string `json:"error,omitempty"`
	ExitCode int    `json:"exit_code"`
}

func (s *supervisor) listen() error {
	_ = os.Remove(socketFile)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socketFile, Net: "unix"})
	if err != nil {
		return fmt.Errorf("listen on the control socket: %w", err)
	}
	if err := os.Chmod(socketFile, 0o600); err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return nil
}

func (s *supervisor) serve(conn *net.UnixConn) {
	defer conn.Close()
	req, files, err := readRequest(conn)
	defer closeAll(files)
	answer := controlAnswer{}
	switch {
	case err != nil:
		answer.Error = err.Error()
	case req.Op == "stop":
		stop := stopRequest{grace: req.Grace, done: make(chan struct{})}
		s.stop <- stop
		select {
		case <-stop.done:
		case <-s.ended:
		}
	case req.Op == "save":
		if err := errors.Join(writeAtomic(specFile, s.spec.Instance), s.save()); err != nil {
			answer.Error = err.Error()
		}
	case req.Op == "exec" && len(files) == 3 && len(req.Argv) > 0:
		answer = s.exec(conn, req.Argv, files)
	default:
		answer.Error = "unknown request " + req.Op
	}
	_ = json.NewEncoder(conn).Encode(answer)
}

func readRequest(conn *net.UnixConn) (controlRequest, []*os.File, error) {
	buf, oob := make([]byte, 64<<10), make([]byte, unix.CmsgSpace(3*4))
	n, oobn, _, _, err := conn.ReadMsgUnix(buf, oob)
	if err != nil {
		return controlRequest{}, nil, err
	}
	var files []*os.File
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return controlRequest{}, nil, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return controlRequest{}, files, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "exec"))
		}
	}
	var req controlRequest
	// A long request comes in several reads; only the first carries the descriptors.
	dec := json.NewDecoder(bufio.NewReader(&prefixed{head: buf[:n], rest: conn}))
	return req, files, dec.Decode(&req)
}

type prefixed struct {
	head []byte
	rest *net.UnixConn
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.rest.Read(b)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// exec runs a command beside the program, in its folder and with its environment.
func (s *supervisor) exec(conn *net.UnixConn, argv []string, files []*os.File) controlAnswer {
	path, err := lookPath(argv[0], s.spec.Dir, s.spec.Env)
	if err != nil {
		_, _ = fmt.Fprintln(files[2], err)
		return controlAnswer{ExitCode: 127}
	}
	cmd := &exec.Cmd{Path: path, Args: argv, Dir: s.spec.Dir, Stdin: files[0], Stdout: files[1], Stderr: files[2]}
	cmd.Env = append(append([]string(nil), s.spec.Env...), markerName+"="+s.spec.Marker)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.mu.Lock()
	err = s.children.start(cmd)
	if err == nil {
		s.execs[cmd.Process.Pid] = true
	}
	s.mu.Unlock()
	if err != nil {
		_, _ = fmt.Fprintln(files[2], err)
		return controlAnswer{ExitCode: 126}
	}
	closeAll(files)
	go func() {
		_, _ = conn.Read(make([]byte, 1)) // ends when the agent hangs up, or when serve closes it
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.execs[cmd.Process.Pid] {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}()
	code := s.children.wait(cmd)
	s.mu.Lock()
	delete(s.execs, cmd.Process.Pid)
	s.mu.Unlock()
	return controlAnswer{ExitCode: code}
}

// ask sends a request to the shim of the instance in dir and waits for its answer.
func ask(ctx context.Context, dir string, req controlRequest, files ...*os.File) (controlAnswer, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return controlAnswer{}, err
	}
	defer folder.Close()
	// Through the open folder, since a socket's path may have 108 bytes only.
	name := fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), socketFile)
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return controlAnswer{}, fmt.Errorf("reach the shim of %s: %w", filepath.Base(dir), errors.Join(runtime.ErrUnavailable, err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	raw, err := json.Marshal(req)
	if err != nil {
		return controlAnswer{}, err
	}
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	n, _, err := conn.WriteMsgUnix(raw, rights, nil)
	closeAll(files)
	if err == nil && n < len(raw) {
		_, err = conn.Write(raw[n:])
	}
	var answer controlAnswer
	if err == nil {
		err = json.NewDecoder(conn).Decode(&answer)
	}
	switch {
	case ctx.Err() != nil:
		return answer, ctx.Err()
	case err != nil:
		return answer, fmt.Errorf("talk to the shim of %s: %w", filepath.Base(dir), errors.Join(runtime.ErrUnavailable, err))
	case answer.Error != "":
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}
