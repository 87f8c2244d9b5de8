package upstream

import (
	"context"
	"net"
	"time"
)

// dialTimeout bounds the opening of a connection to a replica.
const dialTimeout = 3 * time.Second

// Stream is an open connection and the socket under it, which are the same unless TLS is between them.
type Stream struct {
	Conn   net.Conn
	Socket *net.TCPConn
}

// Dial opens a connection on which a request can be sent at once. What it returns as an error is a request that nobody
// received: Refused must report it.
type Dial func(ctx context.Context) (Stream, error)

// Plain dials a replica in the clear.
func Plain(addr string) Dial {
	return func(ctx context.Context) (Stream, error) {
		d := net.Dialer{Timeout: dialTimeout}
		c, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return Stream{}, err
		}
		return Stream{Conn: c, Socket: c.(*net.TCPConn)}, nil
	}
}
