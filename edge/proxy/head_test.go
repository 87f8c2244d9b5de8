package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http/httpguts"

	"github.com/syntra-dev/syntra/edge/trust"
)

func TestFieldsThatSomeProgramsTakeForTheEdgesOwnDoNotTravel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"X-Forwarded-For": false, "X_forwarded_for": false, "X.Forwarded-For": false, "X-Forwarded_proto": false,
		"Transfer_encoding": false, "Content_length": false, "Host": false, "Proxy": false, "X~real!ip": false,
		"X-Custom_name": true, "X-Forwarded": true, "Cookie": true, "Accept": true,
	} {
		require.Equal(t, want, travels(name, nil), name)
	}
	require.False(t, travels("X-Secret", []string{"close, x-secret"}))
	for name, want := range map[string]bool{"Grpc-Status": true, "Cookie": false, "X-Forwarded-For": false, "Host": false} {
		require.Equal(t, want, trailing(name), name)
	}
}

// FuzzHead: whatever method, path and fields a request has, it is refused, or net/http reads from what the edge wrote
// the same request, and nothing but it.
func FuzzHead(f *testing.F) {
	f.Add("GET", "/", "X", "y", 2)
	f.Add("GET", "/a b", "X_Forwarded_For", "6.6.6.6", 3)
	f.Add("GET / HTTP/1.1\r\nX:", "/\r\n", "Content_length", "5", 2)
	f.Add("PO\tST", "*", "Connection", "host", 1)
	f.Add("OPTIONS", "*", "X", "\x85", 3)
	f.Add("GET", "/\xa0?\x85#f", "Te", "trailers", 2)
	f.Add("GET", "//h/p?q=%00", "Upgrade", "x", 2)
	f.Fuzz(func(t *testing.T, method, path, name, value string, major int) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return // the libraries refuse these themselves
		}
		r := &http.Request{Method: method, RequestURI: path, URL: u, Host: "a.test", ProtoMajor: 2 + major&1, Body: http.NoBody,
			RemoteAddr: "192.0.2.1:5", Header: http.Header{http.CanonicalHeaderKey(name): {value}}}
		if checkLine(r) != nil {
			return
		}
		x := &exchange{r: r, start: time.Unix(1, 0), requestID: "id"}
		x.origin = trust.Networks(nil).Origin(r)
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		require.NoError(t, x.writeHead(w, false))
		require.NoError(t, w.Flush())
		br := bufio.NewReader(&b)
		got, err := http.ReadRequest(br)
		require.NoError(t, err)
		require.Equal(t, method, got.Method)
		require.Equal(t, u.Path, got.URL.Path)
		require.Equal(t, "a.test", got.Host)
		require.Equal(t, []string{"192.0.2.1"}, got.Header["X-Real-Ip"])
		require.Empty(t, got.TransferEncoding)
		require.Zero(t, got.ContentLength)
		_, err = br.ReadByte()
		require.ErrorIs(t, err, io.EOF, "something stands behind the request")
	})
}
