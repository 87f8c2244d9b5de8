package agent_test

import (
	"net"
	"strconv"
)

// peerAddressOf is where other servers reach the node's edge.
func peerAddressOf(n *node) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.edge.Peer.Port))
}
