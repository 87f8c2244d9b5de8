package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/projections"
)

// message is anything that the stream sends.
type message struct {
	Type, Position, Model, ID, Event string
	Live                             *api.Live
}

type socket struct {
	*websocket.Conn
	h   *house
	ctx context.Context
}

func (c *client) dial(path string) *socket {
	c.h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	c.h.Cleanup(cancel)
	header := c.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if c.token != "" {
		header.Set("Authorization", "Bearer "+c.token)
	}
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.h.url, "http")+"/api/v1"+path, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{api.ExecProtocol}})
	require.NoError(c.h, err)
	c.h.Cleanup(func() { conn.CloseNow() })
	return &socket{Conn: conn, h: c.h, ctx: ctx}
}

func (s *socket) next() message {
	s.h.Helper()
	_, data, err := s.Read(s.ctx)
	require.NoError(s.h, err)
	var m message
	require.NoError(s.h, json.Unmarshal(data, &m))
	return m
}

// until reads up to a change of a row.
func (s *socket) until(model, id string) message {
	s.h.Helper()
	for {
		if m := s.next(); m.Type == "change" && m.Model == model && m.ID == id {
			return m
		}
	}
}

func TestTheStreamTellsWhatChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.owner.dial("/stream")
	hello := s.next()
	require.Equal(t, "hello", hello.Type)
	require.NotEmpty(t, hello.Position)

	var p projections.Project
	h.owner.post("/projects", map[string]any{"slug": "live"}).want(201).into(&p)
	m := s.until("project", p.ID)
	require.Equal(t, "project.created", m.Event)
	h.owner.with("Syntra-Position", m.Position).get("/projects/" + p.ID).want(200)

	t.Run("a client that comes back is told what it missed", func(t *testing.T) {
		s.CloseNow()
		h.owner.do("PATCH", "/projects/"+p.ID, map[string]any{"name": "While away"}).want(200)
		again := h.owner.dial("/stream?position=" + m.Position)
		require.Equal(t, m.Position, again.next().Position)
		missed := again.until("project", p.ID)
		require.Equal(t, "project.renamed", missed.Event)
		h.owner.do("PATCH", "/projects/"+p.ID, map[string]any{"name": "While here"}).want(200)
		live := again.until("project", p.ID)
		require.Greater(t, live.Position, missed.Position)
	})
}

func TestTheStreamIsOneOrganizations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := h.stranger()
	s := stranger.dial("/stream")
	require.Equal(t, "hello", s.next().Type)
	var theirs, ours projections.Project
	h.owner.post("/projects", map[string]any{"slug": "ours"}).want(201).into(&ours)
	stranger.post("/projects", map[string]any{"slug": "theirs"}).want(201).into(&theirs)
	for {
		m := s.next()
		require.NotContains(t, m.ID, ours.ID)
		require.NotContains(t, m.ID, h.org)
		if m.ID == theirs.ID {
			return
		}
	}
}

func TestTheStreamCarriesHeartbeats(t *testing.T) {
	t.Parallel()
	var offline atomic.Bool
	h := newHouse(t, func(o *api.Options) {
		o.Presences = func(context.Context, string) ([]hub.Presence, error) {
			return []hub.Presence{{ServerID: "srv_x", Online: !offline.Load(), Heartbeat: &wire.Heartbeat{At: time.Unix(1, 0), CPUPercent: 12.5}}}, nil
		}
	})
	s := h.owner.dial("/stream")
	server := func() message {
		for {
			if m := s.next(); m.Type == "server" {
				return m
			}
		}
	}
	m := server()
	require.Equal(t, "srv_x", m.ID)
	require.Equal(t, 12.5, m.Live.CPUPercent)
	offline.Store(true)
	require.Nil(t, server().Live)
}

func TestTheStreamBreathesUntilItsTokenIsRevoked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) { o.Breath = 20 * time.Millisecond })
	viewer := h.as("viewer")
	s := viewer.dial("/stream")
	for s.next().Type != "ping" {
	}
	viewer.post("/auth/logout", nil).want(204)
	for {
		if _, _, err := s.Read(s.ctx); err != nil {
			require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
			return
		}
	}
}

func TestTheStreamOfARevokedTokenCannotBeOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, res, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/stream", nil)
	require.Error(t, err)
	require.Equal(t, 401, res.StatusCode)

	c := h.login()
	t.Run("nor by another site's page with the user's cookie", func(t *testing.T) {
		_, res, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/stream", &websocket.DialOptions{
			HTTPHeader: http.Header{"Cookie": {c.Name + "=" + c.Value}, "Origin": {"https://evil.example.com"}},
		})
		require.Error(t, err)
		require.Equal(t, 403, res.StatusCode)
	})
	t.Run("but by our own", func(t *testing.T) {
		s := h.browser(c).dial("/stream")
		require.Equal(t, "hello", s.next().Type)
	})
}
