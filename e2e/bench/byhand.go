package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"
)

var errNoDocker = errors.New("no Docker engine answers")

// byHand does with the docker command what a person would.
type byHand struct {
	name       string // begins the name of all that it makes, and is its label
	containers []string
	images     []string
	ports      map[string]int // of containers
}

func newByHand(ctx context.Context) (*byHand, error) {
	h := &byHand{name: "syntra-bench-" + strings.ToLower(rand.Text()[:8]), ports: map[string]int{}}
	out, err := h.docker(ctx, "version", "--format", "{{.Server.Version}}")
	if err != nil || out == "" {
		return nil, errors.Join(errNoDocker, err)
	}
	return h, nil
}

// builder says which builder `docker build` is: a command without the buildx plugin falls back to the engine's old one.
func (h *byHand) builder(ctx context.Context) string {
	if _, err := h.docker(ctx, "buildx", "version"); err == nil {
		return "By hand, `docker build` is BuildKit through buildx; Syntra uses the engine's BuildKit."
	}
	return "By hand, `docker build` is the engine's old builder, because the docker command has no buildx plugin here; Syntra uses the engine's BuildKit."
}

// turn is how long the parts of a deployment by hand took, in milliseconds.
type turn struct{ build, run, answer, total float64 }

// deploy builds a folder and runs it until it answers its version. The container goes on running.
func (h *byHand) deploy(ctx context.Context, dir, version string) (t turn, container string, err error) {
	port, err := freePort()
	if err != nil {
		return t, "", err
	}
	tag, container := h.name+":"+version, h.name+"-"+version
	h.images, h.containers = append(h.images, tag), append(h.containers, container)
	h.ports[container] = port
	started := time.Now()
	if _, err := h.docker(ctx, "build", "--quiet", "--label", "dev.syntra.bench="+h.name, "--tag", tag, dir); err != nil {
		return t, container, err
	}
	t.build = millis(time.Since(started))
	if _, err := h.docker(ctx, "run", "--detach", "--init", "--label", "dev.syntra.bench="+h.name, "--name", container,
		"--publish", fmt.Sprintf("127.0.0.1:%d:8080", port), "--env", "PORT=8080", tag); err != nil {
		return t, container, err
	}
	t.run = millis(time.Since(started)) - t.build
	err = h.answers(ctx, container, version)
	t.total = millis(time.Since(started))
	t.answer = t.total - t.build - t.run
	return t, container, err
}

// start starts a stopped container and waits until it answers its version.
func (h *byHand) start(ctx context.Context, container, version string) (time.Duration, error) {
	started := time.Now()
	if _, err := h.docker(ctx, "start", container); err != nil {
		return 0, err
	}
	err := h.answers(ctx, container, version)
	return time.Since(started), err
}

func (h *byHand) stop(ctx context.Context, container string) error {
	_, err := h.docker(ctx, "stop", "--time", "5", container)
	return err
}

func (h *byHand) remove(ctx context.Context, container string) error {
	_, err := h.docker(ctx, "rm", "--force", container)
	return err
}

func (h *byHand) answers(ctx context.Context, container, version string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return answered(ctx, fmt.Sprintf("http://127.0.0.1:%d/", h.ports[container]), "", version)
}

// clean removes what it made, by name, and nothing else.
func (h *byHand) clean() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range h.containers {
		_ = h.remove(ctx, c)
	}
	for _, i := range h.images {
		_, _ = h.docker(ctx, "rmi", "--force", i)
	}
}

// removeLabelled waits until no container has the label, and removes the images that have it.
func (h *byHand) removeLabelled(ctx context.Context, label string) error {
	for {
		left, err := h.docker(ctx, "ps", "--all", "--quiet", "--filter", "label="+label)
		if err != nil {
			return err
		}
		if left == "" {
			break
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("containers %q are still there: %w", strings.Fields(left), err)
		}
	}
	images, err := h.docker(ctx, "images", "--quiet", "--filter", "label="+label)
	if err != nil || images == "" {
		return err
	}
	_, err = h.docker(ctx, append([]string{"rmi", "--force"}, strings.Fields(images)...)...)
	return err
}

func (h *byHand) docker(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

// freePort is one that a container keeps over its restarts.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
