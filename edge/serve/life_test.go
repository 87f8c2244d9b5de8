package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// slow is a handler that says when it was reached and answers when it is let or its client has gone.
type slow struct{ reached, let, gone chan struct{} }

func newSlow() *slow {
	return &slow{make(chan struct{}, 16), make(chan struct{}), make(chan struct{}, 16)}
}

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.reached <- struct{}{}
	select {
	case <-s.let:
		io.WriteString(w, r.URL.Path)
	case <-r.Context().Done():
		s.gone <- struct{}{}
	}
}

func TestAClientThatHasGoneIsNoticed(t *testing.T) {
	t.Parallel()
	h := newSlow()
	_, addr := listen(t, h.ServeHTTP, nil)
	for _, in := range []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"} {
		c := dial(t, addr)
		io.WriteString(c, in)
		<-h.reached
		c.Close()
		select {
		case <-h.gone:
		case <-time.After(15 * time.Second):
			t.Fatal("the handler still waits")
		}
	}
}

// What comes while a request takes long is the next request, also when somebody was already looking for the end.
func TestRequestsThatComeWhileOneTakesLongAreAnswered(t *testing.T) {
	t.Parallel()
	h := newSlow()
	_, addr := listen(t, h.ServeHTTP, nil)
	for round := range 3 {
		c := dial(t, addr)
		br := bufio.NewReader(c)
		io.WriteString(c, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
		<-h.reached
		switch round {
		case 0: // before anybody looks
			io.WriteString(c, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n")
		case 1: // while somebody does
			<-time.After(3 * noticeAfter)
			io.WriteString(c, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n")
		case 2: // somebody has looked in vain
			<-time.After(3 * noticeAfter)
		}
		h.let <- struct{}{}
		require.Equal(t, "/one", read(t, br))
		if round == 2 {
			io.WriteString(c, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n")
		}
		<-h.reached
		h.let <- struct{}{}
		require.Equal(t, "/two", read(t, br))
	}
}

// Given a handler that has bounded reading, when the next request is there already, then that is read all the same.
func TestADeadlineEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	_, addr := listen(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		_ = http.NewResponseController(w).SetReadDeadline(past)
		fmt.Fprintf(w, "%s %v", b, err)
	}, nil)
	c := dial(t, addr)
	br := bufio.NewReader(c)
	const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
	io.WriteString(c, request+"body"+request)
	require.Equal(t, "body <nil>", read(t, br))
	io.WriteString(c, "more")
	require.Equal(t, "more <nil>", read(t, br))
}

func read(t *testing.T, br *bufio.Reader) string {
	t.Helper()
	resp, err := http.ReadResponse(br, nil)
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(b)
}

func TestClientsThatDoNotSendAreLetGo(t *testing.T) {
	t.Parallel()
	_, addr := listen(t, answers, func(s *Server) { s.HeadWithin, s.Idle = 100*time.Millisecond, 100*time.Millisecond })
	for _, in := range []string{"", "GET / HTTP/1.1\r\n", "GET /length HTTP/1.1\r\nHost: a\r\n\r\n", "GET /length HTTP/1.1\r\nHost: a\r\n\r\nGET"} {
		c := dial(t, addr)
		io.WriteString(c, in)
		_, err := io.ReadAll(c)
		require.NoError(t, err, "%q: the connection ends", in)
	}
}

func TestShutdownAnswersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	h := newSlow()
	s, addr := listen(t, h.ServeHTTP, nil)
	rests, works := dial(t, addr), dial(t, addr)
	resting, working := bufio.NewReader(rests), bufio.NewReader(works)
	io.WriteString(rests, "GET /rests HTTP/1.1\r\nHost: a\r\n\r\n")
	<-h.reached
	h.let <- struct{}{}
	require.Equal(t, "/rests", read(t, resting))
	io.WriteString(works, "GET /works HTTP/1.1\r\nHost: a\r\n\r\n")
	<-h.reached
	brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Shutdown(brief), context.DeadlineExceeded)
	_, err := resting.ReadByte()
	require.ErrorIs(t, err, io.EOF, "what rests is closed")
	over := make(chan error)
	go func() { over <- s.Shutdown(t.Context()) }()
	h.let <- struct{}{}
	resp, err := http.ReadResponse(working, nil)
	require.NoError(t, err)
	require.True(t, resp.Close)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "/works", string(b))
	require.NoError(t, <-over)
}

func TestAnsweringWithoutAReaderEnds(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	_, addr := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		b := make([]byte, 64<<10)
		for {
			if _, err := w.Write(b); err != nil {
				failed <- err
				return
			}
		}
	}, func(s *Server) { s.WriteWithin = 100 * time.Millisecond })
	fmt.Fprint(dial(t, addr), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	select {
	case <-failed:
	case <-time.After(15 * time.Second):
		t.Fatal("the handler still writes")
	}
}
