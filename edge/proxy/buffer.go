package proxy

import (
	"sync"
	"sync/atomic"
)

type pooled struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &pooled{make([]byte, 32<<10)} }}

// lent counts the buffers in use, for tests.
var lent atomic.Int64

// buffer lends a copy buffer; give it back with release.
func buffer() *pooled {
	lent.Add(1)
	return buffers.Get().(*pooled)
}

func (p *pooled) release() {
	lent.Add(-1)
	buffers.Put(p)
}
