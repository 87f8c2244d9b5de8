package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// slow opens connections of clients that read nothing or send nearly nothing, and counts those that still hold a
// replica when their time is over.
func (b *bench) slow(ctx context.Context, rounds int, f *figures) error {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for part := make([]byte, 64<<10); ; {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	}))
	defer replica.Close()
	if err := b.put(ctx, "svc_slow", "slow.test", replica.Listener.Addr().String()); err != nil {
		return err
	}
	for range 50 * rounds {
		for _, request := range []string{
			"GET / HTTP/1.1\r\nHost: slow.test\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: slow.test\r\nContent-Length: 1000\r\n\r\nbegun",
			"POST / HTTP/1.1\r\nHost: slow.test\r\nContent-Length: 1000000\r\n\r\nbegun",
			"POST / HTTP/1.1\r\nHost: slow.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n",
		} {
			c, err := net.Dial("tcp", b.http())
			if err != nil {
				return err
			}
			defer c.Close()
			if _, err := io.WriteString(c, request); err != nil {
				return err
			}
			f.slow++
		}
	}
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		stats, err := b.control.Stats(ctx)
		if err != nil {
			return err
		}
		held, seen := int64(0), false
		for _, s := range stats {
			if s.Service == "svc_slow" {
				held, seen = s.InFlight, true
			}
		}
		f.stillHeld = int(held)
		if seen && held == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			fmt.Println("slow clients still hold the replica")
			return nil
		case <-tick.C:
		}
	}
}
