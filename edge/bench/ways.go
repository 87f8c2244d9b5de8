package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

// The roles that this program plays as its own child: each way is a process, as it is in life.
const (
	roleVariable = "SYNTRA_BENCH_ROLE"
	roleProgram  = "program"
	roleEdge     = "edge"
	roleStandard = "standard"
	dirVariable  = "SYNTRA_BENCH_DIR"
)

// open starts the program and the ways to it.
func open(ctx context.Context, dir string, size int) (ways []*way, stop func(), err error) {
	var children []*exec.Cmd
	stop = func() {
		for _, c := range children {
			end(c)
		}
	}
	child := func(role, dir string) (string, int, error) {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir)
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return "", 0, err
		}
		if err := cmd.Start(); err != nil {
			return "", 0, err
		}
		children = append(children, cmd)
		line, err := bufio.NewReader(out).ReadString('\n')
		return strings.TrimSpace(line), cmd.Process.Pid, err
	}
	program, pid, err := child(roleProgram, strconv.Itoa(size))
	if err != nil {
		return nil, stop, err
	}
	ways = append(ways, &way{name: "direct", url: "http://" + program + "/", pid: pid})
	through, pid, err := child(roleEdge, dir)
	if err != nil {
		return nil, stop, err
	}
	err = control.NewClient(filepath.Join(dir, "s")).PutService(ctx, control.Service{ID: "bench", Hosts: []string{"127.0.0.1"},
		Pools: []control.Pool{{Release: "bench", Weight: 1, Endpoints: control.Local(program)}}})
	if err != nil {
		return nil, stop, err
	}
	ways = append(ways, &way{name: "edge", url: "http://" + through + "/", pid: pid})
	if cmd, addr, err := nginx(ctx, dir, program); err != nil {
		fmt.Fprintln(os.Stderr, "bench: nginx is left out:", err)
	} else {
		children = append(children, cmd)
		ways = append(ways, &way{name: "nginx", url: "http://" + addr + "/", pid: cmd.Process.Pid})
	}
	standard, pid, err := child(roleStandard, program)
	if err != nil {
		return nil, stop, err
	}
	return append(ways, &way{name: "httputil", url: "http://" + standard + "/", pid: pid}), stop, nil
}

// end lets a child end in order: nginx killed -9 would leave its workers behind.
func end(c *exec.Cmd) {
	_ = c.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	_ = c.Wait()
}

// runProgram is what is reached: so many bytes of text.
func runProgram() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(os.Getenv(dirVariable))
	if err != nil {
		return err
	}
	body := []byte(strings.Repeat("0123456789abcde\n", size/16))
	fmt.Println(l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
}

func runEdge() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	dir := os.Getenv(dirVariable)
	return edge.Run(ctx, edge.Options{DataDir: dir, HTTPAddr: "127.0.0.1:0", Socket: filepath.Join(dir, "s"),
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		OnReady: func(s control.Status) { fmt.Printf("127.0.0.1:%d\n", s.HTTPPort) }})
}

// runStandard is the proxy that the standard library offers, well tuned.
func runStandard() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	to := &url.URL{Scheme: "http", Host: os.Getenv(dirVariable)}
	fmt.Println(l.Addr())
	return http.Serve(l, &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to); r.SetXForwarded() },
		Transport: &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true},
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	})
}

// nginx starts Debian's nginx with kept-alive connections to the program.
func nginx(ctx context.Context, dir, program string) (*exec.Cmd, string, error) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx"
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	addr := l.Addr().String()
	_ = l.Close()
	conf := fmt.Sprintf(`daemon off; worker_processes auto; pid %[1]s/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s2;
  keepalive_requests 1000000;
  upstream program { server %[2]s; keepalive 512; keepalive_requests 1000000; }
  server { listen %[3]s; location / { proxy_pass http://program; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id; } }
}`, dir, program, addr)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, path, "-c", file, "-p", dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	for range 200 { // until it answers
		resp, err := http.Get("http://" + addr + "/")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return cmd, addr, nil
		}
		if ctx.Err() != nil || cmd.ProcessState != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	end(cmd)
	return nil, "", fmt.Errorf("%s does not answer on %s", path, addr)
}
