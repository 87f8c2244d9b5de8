package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/idle"
)

// tunnel joins a client and a replica that have changed their protocol. The handler has returned by then: ten thousand
// sockets that rest hold two small goroutines each, and no buffer, request or header.
type tunnel struct {
	x                       *exchange
	client, replica         net.Conn
	fromClient, fromReplica []byte // what was read behind the heads
	patience                time.Duration
	ended                   atomic.Int32
}

// start carries both directions from here on. The exchange is the tunnel's.
func (t *tunnel) start() {
	t.x.shed()
	go t.carry(t.replica, t.client, t.fromClient)
	go t.carry(t.client, t.replica, t.fromReplica)
	t.fromClient, t.fromReplica = nil, nil
}

// carry carries one direction. Its end is passed on as the end of that direction alone; anything else ends both, also a
// side that takes nothing for longer than patience. Silence is no offence: both sides may rest, for hours.
func (t *tunnel) carry(dst, src net.Conn, rest []byte) {
	err := pump(dst, src, rest, t.patience)
	if half, ok := dst.(interface{ CloseWrite() error }); !ok || err != io.EOF || half.CloseWrite() != nil {
		_ = t.client.Close()
		_ = t.replica.Close()
	}
	if t.ended.Add(1) < 2 {
		return
	}
	t.x.drop()
	_ = t.client.Close()
	_ = t.replica.Close()
	t.x.flight.Leave()
	t.x.give()
}

// pump copies rest and then src until either side fails; io.EOF is the end of src. It holds a buffer only while there is
// something in it.
func pump(dst, src net.Conn, rest []byte, patience time.Duration) error {
	p := &pumping{src: idle.New(src), dst: dst, patience: patience}
	if len(rest) > 0 {
		if err := p.write(rest); err != nil {
			return err
		}
	}
	take := p.take
	for {
		if err := p.src.Await(take); err != nil {
			return err
		}
		err := p.write(p.buf.b[:p.n])
		p.buf.release()
		p.buf = nil
		if err != nil {
			return err
		}
	}
}

type pumping struct {
	src      *idle.Source
	dst      net.Conn
	patience time.Duration
	by       time.Time // the write deadline that is set
	buf      *pooled
	n        int
}

// take is called when there is something to be read.
func (p *pumping) take() error {
	buf := buffer()
	n, err := p.src.Read(buf.b)
	if n == 0 || err != nil {
		buf.release()
		return err
	}
	p.buf, p.n = buf, n+p.src.Rest(buf.b[n:])
	return nil
}

func (p *pumping) write(b []byte) error {
	if now := time.Now(); p.by.Sub(now) < p.patience/2 {
		p.by = now.Add(p.patience)
		_ = p.dst.SetWriteDeadline(p.by)
	}
	_, err := p.dst.Write(b)
	return err
}

// buffered returns what a reader holds; nil if that is nothing.
func buffered(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return bytes.Clone(b)
}
