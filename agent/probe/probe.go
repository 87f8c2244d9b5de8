// Package probe asks a replica whether it is well, and tells the ways in which it is not apart.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Outcome of one probe.
type Outcome struct {
	OK bool
	// Silent is true when nothing listened there, or what did hung up without a word.
	Silent bool
	// Note says for a person what happened, such as "503" or "connection refused".
	Note string
	// Path is the one that was asked last, Status what it answered; 0: nothing.
	Path   string
	Status int
}

// Client is an HTTP client for probes: a connection of its own each time, no proxy, no redirects followed.
func Client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get probes http://<address><path>: 2xx and 3xx are well, and where the question is lenient everything below 500.
func get(ctx context.Context, client *http.Client, address string, q Question) Outcome {
	ctx, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+q.Path, nil)
	if err != nil {
		return Outcome{Path: q.Path, Note: fmt.Sprintf("the health path %q cannot be asked for", q.Path)}
	}
	req.Host = q.Host
	req.Header.Set("User-Agent", "syntra-probe")
	res, err := client.Do(req)
	if err != nil {
		o := failed(err, q.Timeout)
		o.Path = q.Path
		return o
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // the status is all that counts
	limit := 400
	if q.Lenient {
		limit = 500
	}
	return Outcome{
		OK:     res.StatusCode >= 200 && res.StatusCode < limit,
		Note:   strconv.Itoa(res.StatusCode),
		Path:   q.Path,
		Status: res.StatusCode,
	}
}

func failed(err error, timeout time.Duration) Outcome {
	var netErr net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Outcome{Silent: true, Note: "connection refused"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Outcome{Silent: true, Note: "connection closed without an answer"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Outcome{Silent: true, Note: "no route to the replica"}
	case errors.As(err, &netErr) && netErr.Timeout():
		return Outcome{Note: fmt.Sprintf("no answer within %s", timeout)}
	}
	return Outcome{Note: "not an HTTP answer"}
}
