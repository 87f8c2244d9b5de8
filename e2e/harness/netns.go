package harness

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// Network is a wire between this machine and others that exist only as network namespaces: a bridge, in a namespace of
// its own, so that the packet filters of a container engine on this machine do not come between two of them.
type Network struct {
	number   int // of this network among those of this process
	machines []*Machine
}

// networks counts those that this process has made.
var networks int

// CanNetwork returns why this machine cannot have network namespaces, or nil.
func CanNetwork() error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return errors.New("network namespaces need the program ip (Debian: apt install iproute2)")
	}
	probe := namespace(0, "probe")
	if err := ip("netns add " + probe); err != nil {
		return fmt.Errorf("network namespaces cannot be made here: %w", err)
	}
	return ip("netns del " + probe)
}

// NewNetwork makes a network, having removed what test runs that were killed have left of theirs.
func NewNetwork() (*Network, error) {
	removeOrphans()
	networks++
	n := &Network{number: networks}
	err := ipAll(
		"netns add "+n.wire(),
		"-n "+n.wire()+" link add bridge type bridge",
		"-n "+n.wire()+" link set bridge up",
	)
	if err == nil {
		err = n.plug("", 1)
	}
	if err != nil {
		n.Remove()
		return nil, err
	}
	return n, nil
}

// address returns the address of the n-th machine on the network. Each process has networks of its own, so that two test
// runs can go on side by side.
func (n *Network) address(machine int) string {
	return fmt.Sprintf("10.%d.%d.%d", 100+os.Getpid()%100, (os.Getpid()/100+n.number)%256, machine)
}

// Gateway is this machine's own address on the network.
func (n *Network) Gateway() string { return n.address(1) }

func (n *Network) wire() string { return namespace(n.number, "wire") }

// cable is the name of a machine's interface, and with a "p" behind it that of the cable's other end, at the bridge. Such
// names have 15 characters at most.
func (n *Network) cable(machine int) string {
	return fmt.Sprintf("s%d.%d.%d", os.Getpid()%1_000_000, n.number%100, machine)
}

// plug lays a cable from the bridge to a namespace ("": this machine), and gives its inner end the machine's address.
func (n *Network) plug(ns string, machine int) error {
	cable, inside := n.cable(machine), ""
	err := ip(fmt.Sprintf("link add %s type veth peer name %sp netns %s", cable, cable, n.wire()))
	if err == nil && ns != "" {
		inside = "-n " + ns + " "
		err = ip(fmt.Sprintf("link set %s netns %s", cable, ns))
	}
	if err != nil {
		return err
	}
	return ipAll(
		fmt.Sprintf("-n %s link set %sp master bridge up", n.wire(), cable),
		fmt.Sprintf("%saddr add %s/24 dev %s", inside, n.address(machine), cable),
		fmt.Sprintf("%slink set %s up", inside, cable),
	)
}

// Remove kills everything on the network's machines and takes them and the network away.
func (n *Network) Remove() {
	for _, m := range n.machines {
		m.Kill()
		_ = ip("netns del " + m.namespace)
	}
	_ = ip("link del " + n.cable(1))
	_ = ip("netns del " + n.wire())
}

// prefix begins the names of all namespaces of ours; the pid of the process that made them follows.
const prefix = "syntra-e2e-"

func namespace(network int, name string) string {
	return fmt.Sprintf("%s%d-%d-%s", prefix, os.Getpid(), network, name)
}

// removeOrphans removes namespaces whose makers are gone, with what runs in them.
func removeOrphans() {
	out, _ := exec.Command("ip", "netns", "list").Output()
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest, ours := strings.CutPrefix(name, prefix)
		maker, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(maker)
		if !ours || err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		killAll(name)
		_ = ip("netns del " + name)
	}
}

// killAll kills -9 every process in a namespace.
func killAll(ns string) {
	out, _ := exec.Command("ip", "netns", "pids", ns).Output()
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// ipAll runs commands of the program ip until one fails.
func ipAll(commands ...string) error {
	for _, c := range commands {
		if err := ip(c); err != nil {
			return err
		}
	}
	return nil
}

func ip(command string) error {
	out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", command, err, bytes.TrimSpace(out))
	}
	return nil
}
