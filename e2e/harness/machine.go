package harness

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/projections"
)

// Machine is a network namespace with an address of its own, to all that runs in it a machine of its own as far as the
// network goes. Files and processes are this machine's.
type Machine struct {
	Name    string
	Address string
	// Server is the machine's id as a server, once it has joined.
	Server string

	network   *Network
	number    int
	namespace string
}

// Ports of a machine's edge.
const (
	machineHTTP = 8080
	machinePeer = 7743
)

// Machine adds a machine to the network.
func (n *Network) Machine(name string) (*Machine, error) {
	number := len(n.machines) + 2 // after the gateway
	m := &Machine{Name: name, Address: n.address(number), network: n, number: number, namespace: namespace(n.number, name)}
	if err := ip("netns add " + m.namespace); err != nil {
		return nil, err
	}
	n.machines = append(n.machines, m)
	if err := ip("-n " + m.namespace + " link set lo up"); err != nil {
		return nil, err
	}
	return m, n.plug(m.namespace, number)
}

// Join adds the machine to the organization as a server, and starts an agent on it that keeps its data in dir.
func (m *Machine) Join(ctx context.Context, p *Platform, dir string, flags ...string) error {
	var made struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	if err := p.Do(ctx, http.MethodPost, "/servers", map[string]string{"name": m.Name}, &made); err != nil {
		return err
	}
	m.Server = made.ID
	args := []string{
		"agent", "--url", p.URL, "--token", made.Token, "--data", dir, "--runtime", "process",
		"--edge-http", m.at(machineHTTP), "--peer-listen", m.PeerAddress(),
	}
	if err := m.Start(filepath.Join(dir, "agent.log"), Bin("syntra"), append(args, flags...)...); err != nil {
		return err
	}
	return m.AwaitOnline(ctx, p)
}

// Start starts a program on the machine, in a session of its own. It ends with Kill.
func (m *Machine) Start(log, program string, args ...string) error {
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command("ip", append([]string{"netns", "exec", m.namespace, program}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s on machine %s: %w", program, m.Name, err)
	}
	go cmd.Wait() //nolint:errcheck // it is killed in the end
	return nil
}

// AwaitOnline waits until the platform shows the server as online.
func (m *Machine) AwaitOnline(ctx context.Context, p *Platform) error {
	for {
		s, err := m.Shown(ctx, p)
		if err == nil && s.State == projections.ServerOnline {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("machine %s is not online: state %q, %v: %w", m.Name, s.State, err, context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Shown returns the server as the platform shows it.
func (m *Machine) Shown(ctx context.Context, p *Platform) (projections.Server, error) {
	var s projections.Server
	return s, p.Do(ctx, http.MethodGet, "/servers/"+m.Server, nil, &s)
}

// Running returns how many replicas of a service the machine's agent told of at its last heartbeat.
func (m *Machine) Running(ctx context.Context, p *Platform, serviceID string) (int, error) {
	var shown struct {
		Live *struct {
			Instances []runtime.Instance `json:"instances"`
		} `json:"live"`
	}
	if err := p.Do(ctx, http.MethodGet, "/servers/"+m.Server, nil, &shown); err != nil {
		return 0, err
	}
	if shown.Live == nil {
		return 0, fmt.Errorf("the agent of machine %s is not connected", m.Name)
	}
	running := 0
	for _, i := range shown.Live.Instances {
		if i.Labels.Service == serviceID && i.State == runtime.Running {
			running++
		}
	}
	return running, nil
}

// Kill kills -9 whatever runs on the machine.
func (m *Machine) Kill() { killAll(m.namespace) }

// Cut pulls the machine's cable: what is sent to it vanishes, and its connections do not end.
func (m *Machine) Cut() error { return ip(m.outerEnd("down")) }

// Mend plugs the cable in again.
func (m *Machine) Mend() error { return ip(m.outerEnd("up")) }

// Lose is a server that loses its power: nobody is told of its end.
func (m *Machine) Lose() error {
	err := m.Cut()
	m.Kill()
	return err
}

func (m *Machine) outerEnd(state string) string {
	return fmt.Sprintf("-n %s link set %sp %s", m.network.wire(), m.network.cable(m.number), state)
}

// Fetch asks the machine's edge for a path of a host and returns status and body.
func (m *Machine) Fetch(ctx context.Context, host, path string) (int, string, error) {
	return fetch(ctx, m.at(machineHTTP), host, path)
}

// StartLoad is Platform.StartLoad through the machine's edge.
func (m *Machine) StartLoad(host, path string, workers int, limit time.Duration) *Load {
	return startLoad(m.at(machineHTTP), host, path, workers, limit)
}

// Edge starts an edge without an agent on the machine, with its data in dir, and returns where it is driven.
func (m *Machine) Edge(ctx context.Context, dir string) (*control.Client, error) {
	socket := filepath.Join(dir, "edge.sock")
	err := m.Start(filepath.Join(dir, "edge.log"), Bin("syntra"), "edge", "--data", dir, "--socket", socket,
		"--http", m.at(machineHTTP), "--peer", m.PeerAddress())
	if err != nil {
		return nil, err
	}
	client := control.NewClient(socket)
	for {
		_, err := client.Status(ctx)
		if err == nil {
			return client, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the edge on machine %s does not answer: %w", m.Name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// PeerAddress is where the edges of other machines reach this one's.
func (m *Machine) PeerAddress() string { return m.at(machinePeer) }

func (m *Machine) at(port int) string { return net.JoinHostPort(m.Address, strconv.Itoa(port)) }
