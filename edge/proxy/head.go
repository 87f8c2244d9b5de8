package proxy

import (
	"bufio"
	"net/http"
	"net/netip"
	"strconv"

	"golang.org/x/net/http/httpguts"
)

// writeHead writes the request's first line and headers. checkLine has seen method and path; the libraries have checked
// that no name is anything but a token and that no value holds a line break.
func (x *exchange) writeHead(w *bufio.Writer, expect bool) error {
	r := x.r
	w.WriteString(r.Method)
	w.WriteByte(' ')
	w.WriteString(target(r))
	w.WriteString(" HTTP/1.1\r\nHost: ")
	w.WriteString(r.Host)
	w.WriteString("\r\n")
	x.writeHeaders(w)
	if x.flight.ToPeer() {
		x.writePeer(w)
	}
	if x.flight.FromPeer() {
		x.passForwarded(w)
	} else {
		x.writeForwarded(w)
	}
	switch {
	case x.hasBody() && r.ContentLength > 0, r.ContentLength == 0 && needsLength(r.Method):
		w.WriteString("Content-Length: ")
		w.Write(strconv.AppendInt(w.AvailableBuffer(), r.ContentLength, 10))
		w.WriteString("\r\n")
	case x.hasBody():
		w.WriteString("Transfer-Encoding: chunked\r\n")
		writeAnnounced(w, r.Trailer)
	}
	if expect {
		w.WriteString("Expect: 100-continue\r\n")
	}
	if x.upgrade != "" {
		line(w, "Connection", "Upgrade")
		line(w, "Upgrade", x.upgrade)
	}
	_, err := w.WriteString("\r\n")
	return err
}

func (x *exchange) writeHeaders(w *bufio.Writer) {
	h := x.r.Header
	named := h["Connection"]
	for k, vv := range h {
		if !travels(k, named) {
			continue
		}
		for _, v := range vv {
			line(w, k, v)
		}
	}
	if hasToken(h["Te"], "trailers") { // gRPC asks for it, and we do carry trailers
		line(w, "Te", "trailers")
	}
}

// writeForwarded says who asks, and how. What the client claims about its own origin is replaced, unless it is a
// trusted proxy.
func (x *exchange) writeForwarded(w *bufio.Writer) {
	if x.origin.Through != "" {
		line(w, "X-Forwarded-For", x.origin.Through)
	} else {
		addressLine(w, "X-Forwarded-For: ", x.origin.Client)
	}
	addressLine(w, "X-Real-Ip: ", x.origin.Client)
	line(w, "X-Forwarded-Proto", x.origin.Proto())
	line(w, "X-Forwarded-Host", x.origin.Host)
	if x.origin.Port != "" {
		line(w, "X-Forwarded-Port", x.origin.Port)
	}
	line(w, "X-Request-Id", x.requestID)
	w.WriteString("X-Request-Start: t=") // milliseconds, the form that queue-time meters know
	w.Write(strconv.AppendInt(w.AvailableBuffer(), x.start.UnixMilli(), 10))
	w.WriteString("\r\n")
}

// addressLine writes a header that holds one address, without making a string of it.
func addressLine(w *bufio.Writer, name string, a netip.Addr) {
	w.WriteString(name)
	if a.IsValid() {
		w.Write(a.AppendTo(w.AvailableBuffer()))
	}
	w.WriteString("\r\n")
}

func line(w *bufio.Writer, name, value string) {
	w.WriteString(name)
	w.WriteString(": ")
	w.WriteString(value)
	w.WriteString("\r\n")
}

func writeAnnounced(w *bufio.Writer, trailer http.Header) {
	for k := range trailer {
		if httpguts.ValidHeaderFieldName(k) && trailing(k) {
			line(w, "Trailer", k)
		}
	}
}

// writeTrailer ends a chunked body.
func writeTrailer(w *bufio.Writer, trailer http.Header) error {
	for k, vv := range trailer {
		if !httpguts.ValidHeaderFieldName(k) || !trailing(k) {
			continue
		}
		for _, v := range vv {
			line(w, k, v)
		}
	}
	_, err := w.WriteString("\r\n")
	return err
}

// needsLength: RFC 9110 §8.6, methods that usually have a body say when they have none.
func needsLength(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}
