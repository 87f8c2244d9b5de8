package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/hub"
)

// startHub runs a hub of a house's platform, and returns it with the URL that agents and replicas reach it at.
func startHub(t *testing.T, o *api.Options, replica string) (api.Agents, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	h := hub.New(hub.Options{
		Log: o.Log, Pool: o.Pool, Lookup: o.Queries.ServerByTokenHash, Logger: slog.New(slog.DiscardHandler),
		Replica: replica, InternalAddress: url,
	})
	routes := http.NewServeMux()
	routes.Handle("/", h.Handler())
	routes.Handle("/internal/", h.InternalHandler())
	server.Config.Handler = routes
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); server.Close() })
	return h, url
}

// twoReplicas is a platform of two hubs and two APIs over one database. The second client speaks to replica B.
func twoReplicas(t *testing.T, breath time.Duration) (a, b *client, agentURL string) {
	t.Helper()
	var other *api.API
	h := newHouse(t, func(o *api.Options) {
		o.Breath = breath
		second := *o
		o.Agents, agentURL = startHub(t, o, "a")
		second.Agents, _ = startHub(t, &second, "b")
		other = api.New(second)
	})
	server := httptest.NewServer(other)
	t.Cleanup(server.Close)
	elsewhere := *h
	elsewhere.url = server.URL
	return h.owner, elsewhere.client(h.owner.token), agentURL
}

// speaker is an agent's end of the wire: its commands repeat their input, and "deaf" takes none.
type speaker struct {
	t         *testing.T
	conn      *websocket.Conn
	deaf      string // id of the command that takes no input
	untaken   int    // bytes of its input that came
	full      chan string
	started   chan string
	cancelled chan string
}

func speak(t *testing.T, url, token string) *speaker {
	t.Helper()
	const instance = "agt_AAAAAAAAAAAAAAAAAAAA"
	ctx, cancel := context.WithCancel(context.Background())
	conn, _, err := websocket.Dial(ctx, url+wire.ConnectPath, &websocket.DialOptions{HTTPHeader: http.Header{
		"Authorization": {"Bearer " + token}, wire.InstanceHeader: {instance},
	}})
	require.NoError(t, err)
	conn.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { cancel(); _ = conn.CloseNow() })
	s := &speaker{t: t, conn: conn, full: make(chan string, 10), started: make(chan string, 10), cancelled: make(chan string, 10)}
	s.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance, Hostname: "h", Runtimes: []string{"process"}})
	welcomed := make(chan struct{})
	go s.serve(ctx, welcomed)
	<-welcomed
	go func() {
		beat := time.NewTicker(time.Second)
		defer beat.Stop()
		for s.send(wire.TypeHeartbeat, wire.Heartbeat{}) == nil {
			<-beat.C
		}
	}()
	return s
}

func (s *speaker) send(frameType string, v any) error {
	data, err := wire.Encode(frameType, v)
	if err != nil {
		return err
	}
	return s.conn.Write(context.Background(), websocket.MessageText, data)
}

func (s *speaker) serve(ctx context.Context, welcomed chan<- struct{}) {
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		var f wire.Frame
		if json.Unmarshal(data, &f) != nil {
			return
		}
		switch f.Type {
		case wire.TypeWelcome:
			close(welcomed)
		case wire.TypeCommand:
			c, _ := wire.Decode[wire.Command](f)
			var exec wire.Exec
			_ = json.Unmarshal(c.Data, &exec)
			if len(exec.Argv) > 0 && exec.Argv[0] == "deaf" {
				s.deaf, s.untaken = c.ID, 0
				s.started <- c.ID
			}
		case wire.TypeExecInput:
			in, _ := wire.Decode[wire.ExecInput](f)
			if in.ID == s.deaf {
				if s.untaken += len(in.Data); s.untaken == wire.ExecWindow {
					s.full <- in.ID
				}
				continue
			}
			if len(in.Data) > 0 {
				_ = s.send(wire.TypeExecOutput, wire.ExecOutput{ID: in.ID, Data: in.Data})
				_ = s.send(wire.TypeExecAck, wire.ExecAck{ID: in.ID, Bytes: len(in.Data)})
			}
			if in.EOF {
				_ = s.send(wire.TypeExecOutput, wire.ExecOutput{ID: in.ID, Data: []byte("done"), Stderr: true})
				_ = s.send(wire.TypeResult, wire.Result{ID: in.ID, Data: json.RawMessage(`{"exit_code":3}`)})
			}
		case wire.TypeCancel:
			c, _ := wire.Decode[wire.Cancel](f)
			s.cancelled <- c.ID
			_ = s.send(wire.TypeResult, wire.Result{ID: c.ID, Error: &wire.Failure{Message: "cancelled"}})
		}
	}
}

func (s *speaker) hears(from <-chan string) string {
	s.t.Helper()
	select {
	case id := <-from:
		return id
	case <-time.After(30 * time.Second):
		s.t.Fatal("the agent did not hear it")
		return ""
	}
}

// flood sends input until the connection ends. It closes past when it has sent more than the platform reads ahead.
func (s *socket) flood(past chan<- struct{}) {
	const chunk = 32 << 10
	message := append([]byte{api.ExecStdin}, make([]byte, chunk)...)
	for n := 1; s.Write(s.ctx, websocket.MessageBinary, message) == nil; n++ {
		if n == wire.ExecWindow/chunk+4 {
			close(past)
		}
	}
}

var joinToken = regexp.MustCompile(`syj_\S+`)

func TestExecAtTheReplicaWithoutTheAgent(t *testing.T) {
	t.Parallel()
	a, b, agentURL := twoReplicas(t, 20*time.Millisecond)
	e := a.estate("shop")
	a.h.release(e.service.ID)
	agent := speak(t, agentURL, joinToken.FindString(e.server.Command))
	path := "/services/" + e.service.ID + "/exec?argv="

	for name, c := range map[string]*client{"at the replica with it": a, "at the other": b} {
		t.Run("a megabyte there and back "+name, func(t *testing.T) {
			input := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
			s := c.dial(path + "cat")
			s.SetReadLimit(8 << 20)
			go func() {
				for chunk := range slices.Chunk(input, 32<<10) {
					_ = s.Write(s.ctx, websocket.MessageBinary, append([]byte{api.ExecStdin}, chunk...))
				}
				_ = s.Write(s.ctx, websocket.MessageBinary, []byte{api.ExecStdin})
			}()
			var stdout, stderr bytes.Buffer
			for {
				channel, text := s.frame()
				switch channel {
				case api.ExecStdout:
					stdout.WriteString(text)
				case api.ExecStderr:
					stderr.WriteString(text)
				case api.ExecExit:
					require.JSONEq(t, `{"exit_code":3}`, text)
					require.True(t, bytes.Equal(input, stdout.Bytes()), "%d bytes of %d", stdout.Len(), len(input))
					require.Equal(t, "done", stderr.String())
					return
				}
			}
		})
		t.Run("a client that leaves ends a command that takes no input "+name, func(t *testing.T) {
			s := c.dial(path + "deaf")
			past := make(chan struct{})
			go s.flood(past)
			id := agent.hears(agent.started)
			require.Equal(t, id, agent.hears(agent.full))
			<-past
			_ = s.CloseNow()
			require.Equal(t, id, agent.hears(agent.cancelled))
		})
		t.Run("a token that is revoked ends its command "+name, func(t *testing.T) {
			weaker := *c
			weaker.token = a.h.as("developer").token
			s := weaker.dial(path + "deaf")
			id := agent.hears(agent.started)
			weaker.post("/auth/logout", nil).want(204)
			require.Equal(t, id, agent.hears(agent.cancelled))
			channel, text := s.frame()
			for channel != api.ExecExit {
				channel, text = s.frame()
			}
			require.Contains(t, text, "revoked")
		})
	}
}
