package serve

import (
	"bufio"
	"io"
	"sync"
)

// bufferSize is that of readers and writers: most heads fit, and a body that does not is copied past them.
const bufferSize = 4 << 10

var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, bufferSize) }}
)

func takeReader(src io.Reader) *bufio.Reader {
	r := readers.Get().(*bufio.Reader)
	r.Reset(src)
	return r
}

func giveReader(r *bufio.Reader) {
	r.Reset(nil)
	readers.Put(r)
}

func takeWriter(to io.Writer) *bufio.Writer {
	w := writers.Get().(*bufio.Writer)
	w.Reset(to)
	return w
}

func giveWriter(w *bufio.Writer) {
	w.Reset(nil)
	writers.Put(w)
}
