package edge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

// lastMessage is an edge's last word to its successor.
type lastMessage struct {
	Stats []control.ReleaseStats `json:"stats"`
}

// predecessor is the edge that was taken over, while it still serves its connections. The zero value is none.
type predecessor struct {
	mu     sync.Mutex
	client *control.Client
	gone   chan struct{}
	last   []control.ReleaseStats // what it, and those before it, measured, as far as known
}

// follow begins to drive the old edge, and listens for its last word.
func (p *predecessor) follow(c *control.Client, conn *net.UnixConn) {
	p.client, p.gone = c, make(chan struct{})
	go func() {
		defer close(p.gone)
		defer conn.Close()
		var last lastMessage
		err := json.NewDecoder(bufio.NewReader(conn)).Decode(&last)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.last = last.Stats
		}
		for i := range p.last {
			p.last[i].InFlight = 0
		}
		p.client = nil
	}()
}

func (p *predecessor) alive() *control.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

// do lets the old edge follow a change; one that has gone in the meantime need not.
func (p *predecessor) do(f func(*control.Client) error) error {
	c := p.alive()
	if c == nil {
		return nil
	}
	err := f(c)
	var said *control.Error
	if err == nil || errors.As(err, &said) && said.Code == control.CodeStillRouted {
		return err
	}
	select {
	case <-p.gone:
		return nil
	case <-time.After(time.Second): // its end may be noticed a moment after its socket's
	}
	return &control.Error{Status: 500, Code: control.CodeNotEverywhere,
		Message: fmt.Sprintf("the edge that was taken over still serves connections and did not follow: %v", err)}
}

// stats are the old edge's measurements, or the last that are known of it.
func (p *predecessor) stats(ctx context.Context) []control.ReleaseStats {
	if c := p.alive(); c != nil {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if s, err := c.Stats(ctx); err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.client != nil {
				p.last = s
			}
			return s
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}
