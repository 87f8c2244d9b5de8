package corpus

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2 sends a case as the first stream of an HTTP/2 connection, frame by frame, and a visitor's request as the second.
func h2(ctx context.Context, addr string, trust *tls.Config, c Case, key string) (*Answer, error) {
	config := trust.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	io.WriteString(conn, http2.ClientPreface)
	s := &h2conn{f: http2.NewFramer(conn, conn)}
	s.f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	s.enc = hpack.NewEncoder(&s.block)
	if err := s.f.WriteSettings(); err != nil {
		return nil, err
	}
	a := &Answer{}
	s.send(1, c, a)
	if !s.gone {
		a.Next = &Answer{}
		s.send(3, Case{Method: "GET", Target: "/visitor/" + key}, a.Next)
	}
	return a, nil
}

type h2conn struct {
	f     *http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
	gone  bool // the edge ended the connection
}

func (s *h2conn) send(id uint32, c Case, a *Answer) {
	hasBody := len(c.Body)+len(c.Late)+len(c.Trailers) > 0 || c.Chunked || c.Cut || c.Open
	s.headers(id, append(c.pseudo("h2"), c.Fields...), !hasBody)
	if hasBody && (!c.expects() || s.await(id, a, 100)) {
		s.data(id, c.Body)
		switch {
		case c.Cut:
			_ = s.f.WriteRSTStream(id, http2.ErrCodeCancel)
		case c.Open || len(c.Late) > 0:
		case len(c.Trailers) > 0:
			s.headers(id, c.Trailers, true)
		default:
			_ = s.f.WriteData(id, true, nil)
		}
	}
	if !c.Cut {
		s.await(id, a, 0)
	}
	if len(c.Late) > 0 {
		s.data(id, c.Late)
		_ = s.f.WriteData(id, true, nil)
	}
}

// pseudo are the fields that HTTP/2 and 3 have instead of a first line, and those every case has.
func (c Case) pseudo(way string) []Field {
	out := []Field{{":method", c.method()}, {":scheme", "https"}, {":authority", Host}, {":path", c.target()}}
	if c.Behave != "" {
		out = append(out, Field{"behave", c.Behave})
	}
	if c.Length != "" {
		out = append(out, Field{"content-length", c.Length})
	}
	return out
}

func (s *h2conn) headers(id uint32, fields []Field, end bool) {
	s.block.Reset()
	for _, f := range fields {
		_ = s.enc.WriteField(hpack.HeaderField{Name: strings.ToLower(f.Name), Value: f.Value})
	}
	_ = s.f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: s.block.Bytes(), EndStream: end, EndHeaders: true})
}

func (s *h2conn) data(id uint32, pieces []string) {
	for _, p := range pieces {
		for len(p) > 0 {
			n := min(len(p), 16<<10)
			_ = s.f.WriteData(id, false, []byte(p[:n]))
			p = p[n:]
		}
	}
}

// await reads frames until the stream's answer has come to its end, or (until is set) its interim answer has, which it
// reports.
func (s *h2conn) await(id uint32, a *Answer, until int) bool {
	for a.Status == 0 || until == 0 {
		f, err := s.f.ReadFrame()
		if err != nil {
			s.gone = true
			a.Broken = true
			return false
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = s.f.WriteSettingsAck()
			}
		case *http2.GoAwayFrame:
			s.gone = true
		case *http2.RSTStreamFrame:
			if f.StreamID == id && f.ErrCode != http2.ErrCodeNo {
				a.Broken = true
				return false
			}
		case *http2.DataFrame:
			if f.StreamID == id {
				a.Body += string(f.Data())
			}
			if f.StreamID == id && f.StreamEnded() {
				return false
			}
		case *http2.MetaHeadersFrame:
			if f.StreamID != id {
				continue
			}
			if n := a.take(f.Fields); n != 0 && n == until {
				return true
			}
			if f.StreamEnded() {
				return false
			}
		}
	}
	return false
}

// take takes the fields of a head, and returns the status if it is an interim one. A block without a status is
// trailers.
func (a *Answer) take(fields []hpack.HeaderField) int {
	status := 0
	h := map[string][]string{}
	for _, f := range fields {
		if f.Name == ":status" {
			status, _ = strconv.Atoi(f.Value)
			continue
		}
		h[f.Name] = append(h[f.Name], f.Value)
	}
	if status >= 200 {
		a.Status, a.Header = status, h
		return 0
	}
	if status > 0 {
		a.Interim = append(a.Interim, status)
	}
	return status
}

func (a *Answer) String() string {
	if a == nil {
		return "nothing"
	}
	return fmt.Sprintf("%d %.60q interim=%v broken=%t", a.Status, a.Body, a.Interim, a.Broken)
}
