package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// between is the time between two looks for an answer, the same for both sides.
const between = 5 * time.Millisecond

// answered waits until url answers 200 with this version. Anything else, a refused connection too, is asked again.
func answered(ctx context.Context, url, host, version string) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 2 * time.Second}
	last := ""
	for {
		status, body, err := get(ctx, client, url, host)
		if err == nil && status == http.StatusOK && body == version {
			return nil
		}
		if ctx.Err() == nil {
			last = fmt.Sprintf("%d %.100q %v", status, body, err)
		}
		if pause(ctx, between) != nil {
			return fmt.Errorf("version %s was never answered: %w (last: %s)", version, context.Cause(ctx), last)
		}
	}
}

func get(ctx context.Context, client *http.Client, url, host string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Host = host
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, strings.TrimSpace(string(raw)), err
}
