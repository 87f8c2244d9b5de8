package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/edge/upstream"
)

// switchProtocols joins client and replica after a 101, until both are done.
func (x *exchange) switchProtocols(c *upstream.Conn, resp *http.Response) {
	if x.upgrade == "" || !strings.EqualFold(upgradeType(resp.Header), x.upgrade) {
		x.measured(http.StatusBadGateway)
		x.refuse(http.StatusBadGateway, "upstream_failed", "The service changed to a protocol that nobody asked for.")
		return
	}
	client, rw, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		x.measured(http.StatusBadGateway)
		x.refuse(http.StatusBadGateway, "upgrade_unsupported", "This connection cannot change its protocol.")
		return
	}
	defer client.Close()
	x.measured(http.StatusSwitchingProtocols)
	if !x.join(client) {
		return
	}
	x.flight.Hijacked()
	x.uncount() // sockets rest; an office behind one address has many
	_ = client.SetDeadline(time.Time{})
	if c.Unhurried() != nil {
		return
	}
	h := http.Header{}
	copyHeader(h, resp.Header)
	h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{x.upgrade}
	if _, ok := h["X-Request-Id"]; !ok {
		h["X-Request-Id"] = []string{x.requestID}
	}
	io.WriteString(rw, "HTTP/1.1 101 Switching Protocols\r\n")
	_ = h.Write(rw)
	io.WriteString(rw, "\r\n")
	if rw.Flush() != nil {
		return
	}
	both := func() {
		c.Close()
		_ = client.Close()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pump(c.TCP(), rw.Reader, x.pace.Patience, both)
	}()
	pump(client, c.R, x.pace.Patience, both)
	<-done
}

// pump carries one direction. Its end is passed on as the end of that direction alone; anything else ends both, also a
// side that takes nothing for longer than patience. Silence is no offence: both sides of a socket may rest, for hours, and
// hold no copy buffer meanwhile.
func pump(dst net.Conn, src *bufio.Reader, patience time.Duration, both func()) {
	err := carry(dst, src, patience)
	if half, ok := dst.(interface{ CloseWrite() error }); ok && err == io.EOF && half.CloseWrite() == nil {
		return
	}
	both()
}

// carry copies until either side fails; io.EOF is the end of src.
func carry(dst net.Conn, src *bufio.Reader, patience time.Duration) error {
	var buf *pooled
	defer func() {
		if buf != nil {
			buf.release()
		}
	}()
	var by time.Time
	for {
		if buf == nil { // the reader's own few kilobytes do for waiting
			if _, err := src.Peek(1); err != nil {
				return err
			}
			buf = buffer()
		}
		n, err := src.Read(buf.b)
		if n > 0 {
			if now := time.Now(); by.Sub(now) < patience/2 {
				by = now.Add(patience)
				_ = dst.SetWriteDeadline(by)
			}
			if _, err := dst.Write(buf.b[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if n < src.Size() { // probably all there was
			buf.release()
			buf = nil
		}
	}
}
