package corpus

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"strings"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
	"golang.org/x/net/http2/hpack"
)

// Frames and the control stream's type of HTTP/3 (RFC 9114 §7.2, §6.2.1).
const (
	frameData, frameHeaders, frameSettings = 0, 1, 4
	streamControl                          = 0
)

// h3 sends a case as the first stream of an HTTP/3 connection, frame by frame, and a visitor's request as the second.
func h3(ctx context.Context, addr string, trust *tls.Config, c Case, key string) (*Answer, error) {
	config := trust.Clone()
	config.NextProtos = []string{"h3"}
	conn, err := quic.DialAddr(ctx, addr, config, &quic.Config{MaxIdleTimeout: answerWithin})
	if err != nil {
		return nil, err
	}
	defer conn.CloseWithError(0x100, "") //nolint:errcheck // the test is over
	ours, err := conn.OpenUniStream()
	if err != nil {
		return nil, err
	}
	if _, err := ours.Write([]byte{streamControl, frameSettings, 0}); err != nil {
		return nil, err
	}
	a := &Answer{}
	if err := h3send(ctx, conn, c, a); err != nil {
		return nil, err
	}
	a.Next = &Answer{}
	return a, h3send(ctx, conn, Case{Method: "GET", Target: "/visitor/" + key}, a.Next)
}

func h3send(ctx context.Context, conn *quic.Conn, c Case, a *Answer) error {
	st, err := conn.OpenStreamSync(ctx)
	if err != nil {
		return err
	}
	_ = st.SetDeadline(time.Now().Add(answerWithin))
	h3headers(st, append(c.pseudo("h3"), c.Fields...))
	r := quicvarint.NewReader(st)
	if !c.expects() || a.readH3(r, 100) {
		h3data(st, c.Body)
		switch {
		case c.Cut:
			st.CancelWrite(0x10c) // H3_REQUEST_CANCELLED
		case c.Open || len(c.Late) > 0:
		default:
			if len(c.Trailers) > 0 {
				h3headers(st, c.Trailers)
			}
			_ = st.Close()
		}
	}
	if !c.Cut {
		a.readH3(r, 0)
	}
	h3data(st, c.Late)
	_ = st.Close()
	return nil
}

func h3headers(w io.Writer, fields []Field) {
	var block bytes.Buffer
	enc := qpack.NewEncoder(&block)
	for _, f := range fields {
		_ = enc.WriteField(qpack.HeaderField{Name: strings.ToLower(f.Name), Value: f.Value})
	}
	h3frame(w, frameHeaders, block.Bytes())
}

func h3data(w io.Writer, pieces []string) {
	for _, p := range pieces {
		h3frame(w, frameData, []byte(p))
	}
}

func h3frame(w io.Writer, kind uint64, payload []byte) {
	b := quicvarint.Append(nil, kind)
	b = quicvarint.Append(b, uint64(len(payload)))
	_, _ = w.Write(append(b, payload...))
}

// readH3 reads frames until the answer's end, or (until is set) until that interim answer, which it reports.
func (a *Answer) readH3(r quicvarint.Reader, until int) bool {
	for a.Status == 0 || until == 0 {
		kind, err := quicvarint.Read(r)
		if err == io.EOF && a.Status != 0 {
			return false
		}
		var n uint64
		if err == nil {
			n, err = quicvarint.Read(r)
		}
		var b []byte
		if err == nil {
			b = make([]byte, n)
			_, err = io.ReadFull(r, b)
		}
		if err != nil {
			a.Broken = true
			return false
		}
		switch kind {
		case frameData:
			a.Body += string(b)
		case frameHeaders:
			var fields []hpack.HeaderField
			for decode := qpack.NewDecoder().Decode(b); ; {
				f, err := decode()
				if err != nil {
					break
				}
				fields = append(fields, hpack.HeaderField{Name: f.Name, Value: f.Value})
			}
			if n := a.take(fields); n != 0 && n == until {
				return true
			}
		}
	}
	return false
}
