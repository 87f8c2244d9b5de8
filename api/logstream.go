package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/telemetry"
)

const eventStream = "text/event-stream"

type followLogsInput struct {
	LogFilter
	Tail        int    `query:"tail" minimum:"0" maximum:"5000" default:"100" doc:"Begin with the last so many lines; 0 begins with the next new one."`
	After       string `query:"after" maxLength:"512" doc:"Begin after this line's cursor."`
	LastEventID string `header:"Last-Event-ID" maxLength:"512" doc:"Sent by browsers when they connect again; wins over after and tail."`
}

func (a *API) followLogs(of narrow) func(context.Context, *followLogsInput) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *followLogsInput) (*huma.StreamResponse, error) {
		q := in.query(identityOf(ctx).Organization)
		if err := of(ctx, &q, in.ID); err != nil {
			return nil, err
		}
		after := telemetry.Beginning
		switch {
		case in.LastEventID != "":
			after = telemetry.Cursor(in.LastEventID)
		case in.After != "":
			after = telemetry.Cursor(in.After)
		case in.Tail == 0:
			after = telemetry.End
		default:
			q.Limit = in.Tail
		}
		if err := q.Check(); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) { a.writeEvents(hc, q, after) }}, nil
	}
}

type followed struct {
	line telemetry.Line
	err  error
}

// writeEvents sends lines as server-sent events until the client goes, the platform ends or the reader fails.
func (a *API) writeEvents(hc huma.Context, q telemetry.LogQuery, after telemetry.Cursor) {
	c := humagin.Unwrap(hc)
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	h := c.Writer.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold lines back
	c.Writer.WriteHeader(http.StatusOK)
	fmt.Fprint(c.Writer, ": here\n\n")
	c.Writer.Flush()

	lines := make(chan followed, 256)
	go a.follow(ctx, q, after, lines)
	tick := time.NewTicker(a.Breath)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.closing:
			return
		case <-tick.C:
			if _, allowed := a.recheck(ctx); !allowed {
				return
			}
			fmt.Fprint(c.Writer, ": alive\n\n")
		case f, more := <-lines:
			if !more || f.err != nil {
				a.endEvents(ctx, c.Writer, f.err)
				return
			}
			if err := writeLine(c.Writer, f.line); err != nil {
				return
			}
			if len(lines) > 0 {
				continue // flush once for what is there already
			}
		}
		c.Writer.Flush()
	}
}

// follow hands the reader's lines on until ctx ends. A reader that panics ends this stream with an error, not the process.
func (a *API) follow(ctx context.Context, q telemetry.LogQuery, after telemetry.Cursor, lines chan<- followed) {
	defer close(lines)
	err := a.recovered(ctx, "log stream", func() {
		for line, err := range a.Logs.Follow(ctx, q, after) {
			select {
			case lines <- followed{line, err}:
			case <-ctx.Done():
				return
			}
		}
	})
	if err != nil {
		select {
		case lines <- followed{err: err}:
		case <-ctx.Done():
		}
	}
}

func writeLine(w http.ResponseWriter, l telemetry.Line) error {
	event := "line"
	if l.Stream == telemetry.Gap {
		event = "gap"
	}
	data, err := json.Marshal(logLine(l))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", l.Cursor, event, data)
	return err
}

// endEvents tells why, in the words of a problem: the status line is long gone.
func (a *API) endEvents(ctx context.Context, w http.ResponseWriter, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	if data, jsonErr := json.Marshal(a.problemOf(ctx, err)); jsonErr == nil {
		fmt.Fprintf(w, "event: problem\ndata: %s\n\n", data)
	}
}
