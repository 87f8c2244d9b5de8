package serve

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// writeHead writes the head, but for its end where the body's framing is not known yet.
func (w *response) writeHead(status int) {
	req, h := w.c.req, w.header
	w.close = w.close || req.ProtoMinor == 0 || httpguts.HeaderValuesContainsToken(h["Connection"], "close") ||
		!w.c.body.done.Load() || w.c.server.closing.Load()
	w.statusLine(status)
	w.fields(status == http.StatusNotModified)
	bw := w.writer()
	if _, ok := h["Date"]; !ok {
		bw.WriteString(date())
	}
	if w.close {
		bw.WriteString("Connection: close\r\n")
	}
	declared := int64(-1)
	if v := h["Content-Length"]; len(v) == 1 {
		if n, err := strconv.ParseInt(v[0], 10, 64); err == nil && n >= 0 {
			declared = n
		}
	}
	bodiless := status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
	switch {
	case bodiless || req.Method == http.MethodHead:
		w.kind, w.left = none, declared
		if bodiless {
			w.left = -1
		}
		w.endHead()
	case declared >= 0:
		w.kind, w.left = length, declared
		w.endHead()
	case len(h["Trailer"]) > 0 && req.ProtoMinor == 1:
		for _, v := range h["Trailer"] {
			for name := range strings.SplitSeq(v, ",") {
				w.trailers = append(w.trailers, http.CanonicalHeaderKey(strings.TrimSpace(name)))
			}
		}
		w.kind = chunked
		w.endHead()
	}
}

// endHead writes the lines that say how the body is framed, and the empty one.
func (w *response) endHead() {
	bw := w.writer()
	switch {
	case w.kind == chunked:
		bw.WriteString("Transfer-Encoding: chunked\r\n")
		for _, name := range w.trailers {
			w.line("Trailer", name)
		}
	case (w.kind == length || w.kind == none) && w.left >= 0:
		bw.WriteString("Content-Length: ")
		bw.Write(strconv.AppendInt(bw.AvailableBuffer(), w.left, 10))
		bw.WriteString("\r\n")
	}
	bw.WriteString("\r\n")
}

func (w *response) statusLine(status int) {
	bw := w.writer()
	bw.WriteString("HTTP/1.")
	bw.WriteByte('0' + byte(w.c.req.ProtoMinor))
	bw.WriteByte(' ')
	bw.Write(strconv.AppendInt(bw.AvailableBuffer(), int64(status), 10))
	bw.WriteByte(' ')
	text := http.StatusText(status)
	if text == "" {
		text = "status code " + strconv.Itoa(status)
	}
	bw.WriteString(text)
	bw.WriteString("\r\n")
}

// fields writes the handler's headers, but for those that are the connection's. An answer that says that nothing has
// changed describes no content.
func (w *response) fields(unchanged bool) {
	for name, vv := range w.header {
		switch name {
		case "Connection", "Transfer-Encoding", "Content-Length", "Trailer":
			continue
		case "Content-Type":
			if unchanged {
				continue
			}
		}
		if !w.announced(name) {
			w.lines(name, vv)
		}
	}
}

// announced reports whether the header names name as a trailer.
func (w *response) announced(name string) bool {
	return len(w.header["Trailer"]) > 0 && httpguts.HeaderValuesContainsToken(w.header["Trailer"], name)
}

func (w *response) lines(name string, values []string) {
	if !httpguts.ValidHeaderFieldName(name) {
		return
	}
	for _, v := range values {
		w.line(name, v)
	}
}

var noLineEnds = strings.NewReplacer("\r", " ", "\n", " ")

func (w *response) line(name, value string) {
	if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
		value = noLineEnds.Replace(value)
	}
	bw := w.writer()
	bw.WriteString(name)
	bw.WriteString(": ")
	bw.WriteString(value)
	bw.WriteString("\r\n")
}

// dated is the Date header of one second.
type dated struct {
	second int64
	line   string
}

var lastDate atomic.Pointer[dated]

// date returns the Date header for now.
func date() string {
	now := time.Now()
	if d := lastDate.Load(); d != nil && d.second == now.Unix() {
		return d.line
	}
	d := &dated{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
	lastDate.Store(d)
	return d.line
}
