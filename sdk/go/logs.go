package syntra

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// LogEntry is one line of a log, or a gap: lines that are known to be lost.
type LogEntry struct {
	At         time.Time `json:"at"`
	Stream     string    `json:"stream"` // stdout, stderr, build, system, gap
	Body       string    `json:"body"`
	Replica    string    `json:"replica,omitempty"`
	Release    string    `json:"release,omitempty"`
	Deployment string    `json:"deployment,omitempty"`
	Cursor     string    `json:"cursor,omitempty"`
}

// FollowServiceLogs yields a service's lines as they come, until ctx ends. A broken connection is taken up again where
// it broke. Query takes the parameters of GET /services/{id}/logs.
func (a *API) FollowServiceLogs(ctx context.Context, serviceID string, query url.Values) iter.Seq2[LogEntry, error] {
	return a.followLogs(ctx, "/services/"+url.PathEscape(serviceID)+"/logs/stream", query)
}

// FollowDeploymentLogs yields a deployment's lines, its build's above all.
func (a *API) FollowDeploymentLogs(ctx context.Context, deploymentID string, query url.Values) iter.Seq2[LogEntry, error] {
	return a.followLogs(ctx, "/deployments/"+url.PathEscape(deploymentID)+"/logs/stream", query)
}

func (a *API) followLogs(ctx context.Context, path string, query url.Values) iter.Seq2[LogEntry, error] {
	return func(yield func(LogEntry, error) bool) {
		last := ""
		for ctx.Err() == nil {
			err := a.readLogs(ctx, path+"?"+query.Encode(), &last, yield)
			var refused *Error
			switch {
			case errors.Is(err, errEnough) || ctx.Err() != nil:
				return
			case errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
				yield(LogEntry{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}
}

// errEnough says that the reader stopped.
var errEnough = errors.New("enough")

// readLogs reads one connection's events (SSE) and keeps the last id for the next.
func (a *API) readLogs(ctx context.Context, path string, last *string, yield func(LogEntry, error) bool) error {
	header := http.Header{"Accept": {"text/event-stream"}}
	if *last != "" {
		header.Set("Last-Event-ID", *last)
	}
	res, err := a.get(ctx, path, header)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var id, event, data string
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "event":
			event = value
		case "data":
			data += value
		case "":
			if lines.Text() != "" || data == "" { // a comment, or an event without data
				continue
			}
			if event == "problem" { // the reader failed there; it is asked again
				return fmt.Errorf("log stream: %s", data)
			}
			var e LogEntry
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				return fmt.Errorf("log stream: %w", err)
			}
			if id != "" {
				*last = id
			}
			event, data = "", ""
			if !yield(e, nil) {
				return errEnough
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}

// maxLogPage is the most lines of one page.
const maxLogPage = 5000

// Logs returns the newest n lines of a log, oldest first, page after page. Path is /services/<id>/logs or
// /deployments/<id>/logs, query its parameters.
func (a *API) Logs(ctx context.Context, path string, query url.Values, n int) ([]LogEntry, error) {
	query = maps.Clone(query)
	var lines []LogEntry
	for n > len(lines) {
		query.Set("limit", strconv.Itoa(min(n-len(lines), maxLogPage)))
		page, err := Read[struct {
			Items      []LogEntry `json:"items"`
			NextCursor string     `json:"next_cursor"`
		}](a.get(ctx, path+"?"+query.Encode(), nil))
		if err != nil {
			return nil, err
		}
		lines = append(page.Items, lines...)
		if page.NextCursor == "" {
			break
		}
		query.Set("cursor", page.NextCursor)
	}
	return lines, nil
}
