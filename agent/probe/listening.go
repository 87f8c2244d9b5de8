package probe

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listening is the state of a listening socket in /proc/net/tcp, see proc_net_tcp(5).
const listening = "0A"

// Listening returns the addresses that processes listen on, as they see them: a container has a network of its own.
func Listening(pids []int) []netip.AddrPort {
	var out []netip.AddrPort
	for _, pid := range pids {
		own := sockets(pid)
		if len(own) == 0 {
			continue
		}
		for _, table := range []string{"tcp", "tcp6"} {
			raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(raw)) {
				f := strings.Fields(line)
				if len(f) < 10 || f[3] != listening || !own[f[9]] {
					continue
				}
				if at, ok := parseAddress(f[1]); ok && !slices.Contains(out, at) {
					out = append(out, at)
				}
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out
}

// sockets are the inodes of a process's sockets.
func sockets(pid int) map[string]bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	out := map[string]bool{}
	for _, e := range entries {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		if inode, ok := strings.CutPrefix(to, "socket:["); err == nil && ok {
			out[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return out
}

// parseAddress reads "0100007F:1F90": the address in words of the machine's order, the port as it is.
func parseAddress(s string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(address)
	number, portErr := strconv.ParseUint(port, 16, 16)
	if err != nil || portErr != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.NativeEndian.Uint32(raw[i:]))
	}
	at, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(at.Unmap(), uint16(number)), ok
}

// Where says for a person what listens, and what is wrong with it for whoever asks on the port; local says that the question
// comes from the program's own machine.
func Where(found []netip.AddrPort, port int, local bool) string {
	if len(found) == 0 {
		return "the program listens on no port"
	}
	var names []string
	for _, at := range found {
		names = append(names, at.String())
	}
	said := "the program listens on " + strings.Join(names, " and ")
	for _, at := range found {
		switch {
		case int(at.Port()) != port:
		case at.Addr().IsLoopback() && at.Addr().Is6():
			return said + ", which is reached by IPv6 of its own machine only"
		case at.Addr().IsLoopback() && !local:
			return said + ", which is reached from its own machine only"
		default:
			return said
		}
	}
	return fmt.Sprintf("%s, not on port %d", said, port)
}
