package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/agent/local"
	"github.com/syntra-dev/syntra/edge/control"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// devServer is the name of this machine in a development platform.
const devServer = "this-machine"

func (d *devRun) agentDir() string { return filepath.Join(d.DataDir, "agent") }

// localDir is the agent's own folder within its data folder.
func (d *devRun) localDir() string { return filepath.Join(d.agentDir(), "agent") }

// ensureServer registers this machine once. The join token is kept until the agent has connected with it.
func (d *devRun) ensureServer(ctx context.Context) (token string, err error) {
	servers, err := d.api.AllServers(ctx)
	if err != nil {
		return "", err
	}
	file := filepath.Join(d.DataDir, "join-token")
	for _, s := range servers {
		if s.Name != devServer {
			continue
		}
		d.serverID = s.Id
		raw, err := os.ReadFile(file)
		if err == nil {
			return string(raw), nil
		}
		if s.ConnectedAt != nil {
			return "", nil // it has a credential of its own by now
		}
		fresh, err := syntra.Read[syntra.NewServer](d.api.CreateServerToken(ctx, s.Id, nil))
		if err != nil {
			return "", err
		}
		return fresh.Token, os.WriteFile(file, []byte(fresh.Token), 0o600)
	}
	made, err := syntra.Read[syntra.NewServer](d.api.CreateServer(ctx, nil, syntra.CreateServerRequest{Name: devServer}))
	if err != nil {
		return "", fmt.Errorf("register this machine: %w", err)
	}
	d.serverID = made.Id
	return made.Token, os.WriteFile(file, []byte(made.Token), 0o600)
}

// startAgent adopts the agent that outlived the last platform, or starts one, and waits until it is online.
func (d *devRun) startAgent(ctx context.Context, token string) error {
	if err := d.launchAgent(ctx, token); err != nil {
		return err
	}
	online := func() bool {
		s, err := syntra.Read[syntra.Server](d.api.GetServer(ctx, d.serverID, nil))
		return err == nil && s.State == "online" && s.Live != nil
	}
	if err := await(ctx, 90*time.Second, "this machine's agent connects (see "+filepath.Join(d.agentDir(), "agent.log")+")", online); err != nil {
		return err
	}
	edge := control.NewClient(edgeSocket(d.agentDir()))
	answers := func() bool {
		status, err := edge.Status(ctx)
		d.edgePort = status.HTTPPort
		return err == nil
	}
	if err := await(ctx, 30*time.Second, "this machine's edge answers (see "+filepath.Join(d.agentDir(), "edge.log")+")", answers); err != nil {
		return err
	}
	fmt.Fprintf(d.Progress, "  ✓ %-12s %s\n", "Agent", devServer)
	fmt.Fprintf(d.Progress, "  ✓ %-12s http://127.0.0.1:%d\n", "Edge", d.edgePort)
	return nil
}

func (d *devRun) launchAgent(ctx context.Context, token string) error {
	if _, err := local.GetStatus(ctx, d.localDir()); err == nil {
		return nil
	}
	args := []string{"agent", "--url", d.platform.URL, "--data", d.agentDir(), "--edge-http", d.EdgeHTTP}
	for _, r := range d.Runtimes {
		args = append(args, "--runtime", r)
	}
	// This machine is the developer's own, and so are the repositories in it.
	if home, err := os.UserHomeDir(); err == nil {
		args = append(args, "--repository-root", home)
	}
	if token != "" {
		// In the environment: a command line is everybody's to read.
		if err := os.Setenv("SYNTRA_AGENT_TOKEN", token); err != nil {
			return err
		}
	}
	pid, err := startDetached(filepath.Join(d.agentDir(), "agent.log"), args...)
	if err != nil {
		return err
	}
	up := func() bool {
		_, err := local.GetStatus(ctx, d.localDir())
		return err == nil || !alive(pid)
	}
	return await(ctx, 30*time.Second, "the agent starts", up)
}

// keepAgent starts the agent again when it has died.
func (d *devRun) keepAgent(ctx context.Context) error {
	_, err := local.GetStatus(ctx, d.localDir())
	if err == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // we are ending
	}
	d.Logger.Warn("this machine's agent died: starting it again", "error", err)
	token, _ := os.ReadFile(filepath.Join(d.DataDir, "join-token"))
	return d.launchAgent(ctx, string(token))
}

// end stops what this machine runs: replicas, agent, edge. The next start runs them again.
func (d *devRun) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
	defer cancel()
	fmt.Fprintln(d.out, "\nstopping services, agent and edge …")
	status, err := local.GetStatus(ctx, d.localDir())
	if err == nil {
		if err := local.Suspend(ctx, d.localDir()); err != nil {
			d.Logger.Error("the agent did not stop its services", "error", err)
		}
		d.awaitEnd(ctx, "agent", status.PID)
	}
	edge, err := control.NewClient(edgeSocket(d.agentDir())).Status(ctx)
	if err == nil {
		if err := syscall.Kill(edge.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			d.Logger.Error("the edge cannot be stopped", "error", err)
		}
		d.awaitEnd(ctx, "edge", edge.PID)
	}
}

// awaitEnd waits for a process to end by itself, and kills it at the deadline.
func (d *devRun) awaitEnd(ctx context.Context, what string, pid int) {
	if err := await(ctx, 20*time.Second, what+" ends", func() bool { return !alive(pid) }); err != nil {
		d.Logger.Warn("killing a process that does not end", "what", what, "pid", pid)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// neighbours are the pids of agent and edge, 0 where they do not answer.
func (d *devRun) neighbours() (agent, edge int) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s, err := local.GetStatus(ctx, d.localDir()); err == nil {
		agent = s.PID
	}
	if s, err := control.NewClient(edgeSocket(d.agentDir())).Status(ctx); err == nil {
		edge = s.PID
	}
	return agent, edge
}
