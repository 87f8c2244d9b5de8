package serve

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/syntra-dev/syntra/edge/h1"
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

// desk is what a request is worked on with. Connections that rest have none.
type desk struct {
	head           h1.Head
	header, answer http.Header
	url            *url.URL
	pending        []byte
}

var desks = sync.Pool{New: func() any { return &desk{header: http.Header{}, answer: http.Header{}, url: &url.URL{}} }}

// sit prepares for the next request.
func (c *conn) sit() {
	if c.desk == nil {
		c.desk = desks.Get().(*desk)
	}
	c.req.Header, c.req.URL = c.desk.header, c.desk.url
	c.w.header, c.w.pending = c.desk.answer, c.desk.pending[:0]
	c.req.Form, c.req.PostForm, c.req.MultipartForm = nil, nil, nil
}

// clear lets go of everything that the last request needed.
func (c *conn) clear() {
	if c.desk == nil {
		return
	}
	c.desk.pending = c.w.pending
	*c.desk.url = url.URL{}
	clear(c.desk.header)
	clear(c.desk.answer)
	desks.Put(c.desk)
	c.desk, c.req.Header, c.w.header, c.w.pending = nil, nil, nil, nil
	c.req.Method, c.req.RequestURI, c.req.Host, c.req.URL, c.req.Body, c.req.Trailer = "", "", "", nil, nil, nil
}
