package proxy

import "sync"

type pooled struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &pooled{make([]byte, 32<<10)} }}

// buffer lends a copy buffer; give it back with release.
func buffer() *pooled { return buffers.Get().(*pooled) }

func (p *pooled) release() { buffers.Put(p) }
