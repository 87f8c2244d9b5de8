// Package perclient bounds what one client may hold of the edge at a time.
package perclient

import (
	"net/netip"
	"sync"
)

// Count counts something per client: an IPv4 address, or a /64 network of IPv6, of which anybody has one. A nil Count
// and one without a bound count nothing. This machine itself is not counted: a tunnel's or a local proxy's connections
// come from it, and they are everybody's.
type Count struct {
	most   int
	shards [16]shard
}

type shard struct {
	mu   sync.Mutex
	held map[netip.Addr]int
}

// New makes a Count that lets each client hold at most most; 0 and less: as many as it likes.
func New(most int) *Count {
	c := &Count{most: most}
	for i := range c.shards {
		c.shards[i].held = map[netip.Addr]int{}
	}
	return c
}

// Take counts one more for the client, unless it holds as many as it may. Each Take that reports true needs a Leave
// for the same address.
func (c *Count) Take(a netip.Addr) bool {
	k, counted := c.key(a)
	if !counted {
		return true
	}
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[k] >= c.most {
		return false
	}
	s.held[k]++
	return true
}

// Leave takes one back.
func (c *Count) Leave(a netip.Addr) {
	k, counted := c.key(a)
	if !counted {
		return
	}
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[k]--; s.held[k] <= 0 {
		delete(s.held, k)
	}
}

func (c *Count) key(a netip.Addr) (netip.Addr, bool) {
	if c == nil || c.most <= 0 || !a.IsValid() || a.IsLoopback() {
		return a, false
	}
	if a = a.Unmap(); a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		a = p.Addr()
	}
	return a, !a.IsLoopback()
}

func (c *Count) shard(a netip.Addr) *shard {
	b := a.As16()
	return &c.shards[(b[15]^b[7]^b[5])&15]
}
