package syntra

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Change tells that something is no longer as it was read: fetch it again.
type Change struct {
	Type     string `json:"type"` // change, server, ping
	Position string `json:"position"`
	Model    string `json:"model"` // deployment, service, …
	ID       string `json:"id"`
	Event    string `json:"event"` // deployment.step_started, …
}

// Changes yields the organization's changes from now on, until ctx ends. A broken connection is taken up again after
// the last change that was seen; between the two an error is yielded so that the reader can say so.
func (a *API) Changes(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		position := ""
		for ctx.Err() == nil {
			err := a.readChanges(ctx, &position, yield)
			if err == errEnough || ctx.Err() != nil { //nolint:errorlint // our own sentinel, never wrapped
				return
			}
			if !yield(Change{}, err) {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}
}

func (a *API) readChanges(ctx context.Context, position *string, yield func(Change, error) bool) error {
	address := "ws" + strings.TrimPrefix(a.base, "http") + "/api/v1/stream"
	if *position != "" {
		address += "?position=" + url.QueryEscape(*position)
	}
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + a.token}}})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	for {
		var c Change
		if err := wsjson.Read(ctx, conn, &c); err != nil {
			return err
		}
		if c.Position != "" {
			*position = c.Position
		}
		if !yield(c, nil) {
			return errEnough
		}
	}
}
