package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Load is a bounded stream of requests to one service through the edge.
type Load struct {
	stop     chan struct{}
	workers  sync.WaitGroup
	requests atomic.Int64
	failed   atomic.Int64
	mu       sync.Mutex
	first    string
	versions map[string]int64
}

// Report is what a load saw.
type Report struct {
	Requests int64
	Failed   int64
	// First failure, for a person.
	First string
	// Versions counts the answers by body.
	Versions map[string]int64
}

// StartLoad asks for path with the given number of workers until Stop, at most for limit. Each worker keeps its
// connection, as browsers and clients do; a request that fails for any reason, or is answered by anything but 200, counts.
func (p *Platform) StartLoad(host, path string, workers int, limit time.Duration) *Load {
	return startLoad(fmt.Sprintf("127.0.0.1:%d", p.EdgeHTTP), host, path, workers, limit)
}

func startLoad(edge, host, path string, workers int, limit time.Duration) *Load {
	l := &Load{stop: make(chan struct{}), versions: map[string]int64{}}
	url := "http://" + edge + path
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	for range workers {
		l.workers.Add(1)
		go l.run(ctx, url, host)
	}
	go func() {
		l.workers.Wait()
		cancel()
	}()
	return l
}

// pace keeps a worker from starving the two cores that everything shares.
const pace = 5 * time.Millisecond

func (l *Load) run(ctx context.Context, url, host string) {
	defer l.workers.Done()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	for {
		select {
		case <-l.stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(pace):
		}
		l.one(client, url, host)
	}
}

func (l *Load) one(client *http.Client, url, host string) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		l.fail(err.Error())
		return
	}
	req.Host = host
	l.requests.Add(1)
	res, err := client.Do(req)
	if err != nil {
		l.fail(err.Error())
		return
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		l.fail(fmt.Sprintf("%s %v: %.200s", res.Status, err, body))
		return
	}
	l.mu.Lock()
	l.versions[strings.TrimSpace(string(body))]++
	l.mu.Unlock()
}

func (l *Load) fail(what string) {
	l.failed.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == "" {
		l.first = time.Now().Format("15:04:05.000 ") + what
	}
}

// Requests so far.
func (l *Load) Requests() int64 { return l.requests.Load() }

// Stop ends the load and answers what it saw.
func (l *Load) Stop() Report {
	close(l.stop)
	l.workers.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return Report{Requests: l.requests.Load(), Failed: l.failed.Load(), First: l.first, Versions: l.versions}
}
