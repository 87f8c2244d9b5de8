package runtime

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports given to replicas lie below the kernel's ephemeral range (32768 on Linux), so that an outgoing connection never
// takes the port of a replica that is just restarting.
const (
	firstPort = 20000
	lastPort  = 32000
)

// Host is the only address replicas are reached on.
const Host = "127.0.0.1"

// FreePort answers a port on Host that nothing listens on and that taken does not claim.
func FreePort(taken func(port int) bool) (int, error) {
	for range 2000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if !taken(port) && PortFree(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port between 20000 and 32000 on " + Host + ": end what listens there")
}

// PortFree says whether nothing listens on the port of Host.
func PortFree(port int) bool {
	l, err := net.Listen("tcp", Address(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// Address is Host with a port.
func Address(port int) string { return net.JoinHostPort(Host, strconv.Itoa(port)) }
