package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/route"
)

// Given clients that leave at any moment, replicas that break off, uploads, streams and upgrades, all at once, and
// drains that cut them, when everything is over, then nothing is counted as under way, and a whole answer was the
// answer to its own request: no connection or exchange was used by two.
func TestNothingLeaksOrMixesUnderChaos(t *testing.T) {
	t.Parallel()
	replica := httptest.NewServer(http.HandlerFunc(chaos))
	defer replica.Close()
	addr := strings.TrimPrefix(replica.URL, "http://")
	router, at := front(t, addr)
	url := "http://" + at
	put := func(release int) {
		require.NoError(t, router.Put(control.Service{ID: "s", Hosts: []string{"h.test"},
			Pools: []control.Pool{{Release: strconv.Itoa(release), Weight: 1, Endpoints: control.Local(addr)}}}))
	}
	put(0)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var whole atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 7))
			for n := 0; ctx.Err() == nil; n++ {
				ok, err := oneChaos(rng, url, fmt.Sprintf("%d-%d", i, n))
				if err != nil {
					t.Error(err)
					return
				}
				if ok {
					whole.Add(1)
				}
			}
		})
	}
	for release := 1; release <= 40; release++ {
		seen := whole.Load()
		require.Eventually(t, func() bool { return whole.Load() > seen+20 }, 20*time.Second, time.Millisecond)
		put(release)
		_, err := router.Release("s", strconv.Itoa(release-1)).Drain(t.Context(), "", route.Grace{Plain: 30 * time.Millisecond, Sockets: 20 * time.Millisecond})
		require.NoError(t, err)
	}
	cancel()
	wg.Wait()
	require.Eventually(t, func() bool {
		for _, r := range router.Releases() {
			if r.InFlight() != 0 {
				return false
			}
		}
		return true
	}, 10*time.Second, 10*time.Millisecond)
	require.NotZero(t, whole.Load())
}

// chaos answers with the request's key, in one of several ways.
func chaos(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Key")
	switch r.URL.Path {
	case "/break":
		io.WriteString(w, key)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case "/slow":
		select {
		case <-time.After(5 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	case "/stream":
		for _, c := range key {
			fmt.Fprintf(w, "%c", c)
			w.(http.Flusher).Flush()
		}
		return
	case "/early":
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case "/upgrade":
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(c, rw)
		return
	default:
		_, _ = io.Copy(io.Discard, r.Body)
	}
	io.WriteString(w, key)
}

// oneChaos sends one request and says whether it was answered whole. It fails if the answer is another request's.
func oneChaos(rng *rand.Rand, url, key string) (bool, error) {
	path := []string{"/", "/", "/slow", "/break", "/stream", "/early", "/upgrade"}[rng.IntN(7)]
	if path == "/upgrade" {
		return upgradeChaos(strings.TrimPrefix(url, "http://"), key)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if rng.IntN(4) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	var body io.Reader
	method := "GET"
	if rng.IntN(2) == 0 {
		method, body = "POST", strings.NewReader(strings.Repeat("x", rng.IntN(60_000)))
		if rng.IntN(2) == 0 {
			body = io.MultiReader(body) // of unknown length
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url+path, body)
	if err != nil {
		return false, err
	}
	req.Host = "h.test"
	req.Header.Set("Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		return false, nil
	}
	if string(b) != key {
		return false, fmt.Errorf("%s %s: status %d, answer %q to request %q", method, path, resp.StatusCode, b, key)
	}
	return path != "/break", nil
}

func upgradeChaos(addr, key string) (bool, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false, nil
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "GET /upgrade HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\nKey: %s\r\n\r\n%s\n", key, key)
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		return false, nil
	}
	line, err := br.ReadString('\n')
	if err != nil {
		return false, nil
	}
	if line != key+"\n" {
		return false, fmt.Errorf("upgraded: %q came back for %q", line, key)
	}
	return true, nil
}
