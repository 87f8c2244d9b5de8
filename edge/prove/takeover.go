package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// load is clients that keep their connections, ask and upload in all sizes, and repeat nothing that failed.
type load struct {
	requests, uploads, failed atomic.Int64
	first                     atomic.Pointer[string]
}

// takeovers replaces the edge again and again under mixed load.
func (b *bench) takeovers(ctx context.Context, rounds int, f *figures) error {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	}))
	defer replica.Close()
	if err := b.put(ctx, "svc_load", "load.test", replica.Listener.Addr().String()); err != nil {
		return err
	}
	l := &load{}
	running, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { l.run(running, uint64(i), "http://"+b.http()) })
	}
	more := func(n int64) error { // waits for n more requests
		for target, tick := l.requests.Load()+n, time.NewTicker(10*time.Millisecond); l.requests.Load() < target; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		return nil
	}
	err := more(5000 * int64(rounds))
	for n := 0; err == nil && n < 5*rounds; n++ {
		if err = b.start(ctx); err == nil {
			f.takeovers++
			err = more(1000)
		}
	}
	cancel()
	wg.Wait()
	f.requests, f.uploads, f.failed = l.requests.Load(), l.uploads.Load(), l.failed.Load()
	if why := l.first.Load(); why != nil {
		fmt.Println("the first that failed:", *why)
	}
	return err
}

func (l *load) run(ctx context.Context, seed uint64, url string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	payload := bytes.Repeat([]byte("0123456789abcdef"), 20<<10)
	for ctx.Err() == nil {
		size := []int{0, 0, 100, 17_000, 20_000, 60_000, 70_000, 300_000}[rng.IntN(8)]
		if err := once(client, url, payload[:size], rng.IntN(2) == 0); err != nil {
			why := fmt.Sprintf("%d bytes: %v", size, err)
			l.first.CompareAndSwap(nil, &why)
			l.failed.Add(1)
		}
		l.requests.Add(1)
		if size > 0 {
			l.uploads.Add(1)
		}
	}
}

// once sends one request that no client may repeat.
func once(client *http.Client, url string, body []byte, chunked bool) error {
	method, length := http.MethodPost, int64(len(body))
	var from io.Reader = io.MultiReader(bytes.NewReader(body))
	if len(body) == 0 {
		method, from = http.MethodGet, nil
	} else if chunked {
		length = -1
	}
	req, err := http.NewRequest(method, url, from)
	if err != nil {
		return err
	}
	req.Host, req.ContentLength = "load.test", length
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || string(b) != fmt.Sprint(len(body)) {
		return fmt.Errorf("status %d, %.80q", resp.StatusCode, b)
	}
	return nil
}
