package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
	"github.com/syntra-dev/syntra/telemetry"
)

// print makes the service print count lines that begin with text.
func (n *node) print(address, text string, count int) {
	n.t.Helper()
	res, err := http.Get(fmt.Sprintf("http://%s/print?text=%s&count=%d", address, text, count))
	require.NoError(n.t, err)
	_ = res.Body.Close()
}

// said answers the service's own lines that begin with text.
func (n *node) said(text string) []string {
	var out []string
	for _, body := range n.plane.Sink.Bodies(telemetry.Stdout) {
		if strings.HasPrefix(body, text+" ") {
			out = append(out, body)
		}
	}
	return out
}

func numbered(text string, count int) []string {
	var out []string
	for i := range count {
		out = append(out, fmt.Sprintf("%s %d", text, i))
	}
	return out
}

func TestEachLineArrivesOnceWhateverStopsInBetween(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.startProcess()
	s := release("svc_1", "rel_1", n.built("svc_1"), 1, nil)
	n.live(s)
	address := n.observe("svc_1", "rel_1").Instances[0].Address
	const count = 5000

	n.print(address, "while-all-is-well", count)
	n.plane.Sink.Fail(true)
	n.print(address, "while-the-sink-is-down", count)
	n.killProcess()
	n.print(address, "while-the-agent-is-dead", count)
	n.hub.Kill()
	n.setup.URL = "http://" + n.hub.Addr()
	n.startHub(n.hub.Addr())
	n.plane.Sink.Fail(false)
	n.startProcess()
	n.print(address, "after-all-that", count)
	n.killProcess() // with whatever is under way
	n.startProcess()

	for _, text := range []string{"while-all-is-well", "while-the-sink-is-down", "while-the-agent-is-dead", "after-all-that"} {
		soon(t, text, func() bool { return len(n.said(text)) >= count })
		require.Equal(t, numbered(text, count), n.said(text), "in order, none twice")
	}
	require.Empty(t, n.plane.Sink.Bodies(telemetry.Gap))
	last := uint64(0)
	for _, r := range n.plane.Sink.Records() {
		require.Equal(t, last+1, r.Sequence, "the numbers have no hole")
		last = r.Sequence
		require.Equal(t, n.server, r.Server)
		require.Equal(t, hubtest.Org, r.Organization)
		require.Equal(t, "svc_1", r.Service)
	}
}

func TestExecAndTailReachTheLiveRelease(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 1, map[string]string{"GREETING": "hello"}))
	other := n.plane.Start("", func(o *hub.Options) { o.Replica = "r2" })
	t.Run("at the replica with the agent", func(t *testing.T) { execReachesTheLiveRelease(t, n, n.hub.Hub) })
	t.Run("at another replica", func(t *testing.T) { execReachesTheLiveRelease(t, n, other.Hub) })
	t.Run("tail reads the last lines from the runtime", func(t *testing.T) {
		n.print(n.observe("svc_1", "rel_1").Instances[0].Address, "tailed", 20)
		soon(t, "the lines are there", func() bool {
			lines := must[wire.Tailed](n, "", wire.KindTail, wire.Tail{Owner: owner("svc_1"), Lines: 3}).Lines
			return fmt.Sprint(lines) == "[tailed 17 tailed 18 tailed 19]"
		})
	})
}

// execReachesTheLiveRelease runs commands in svc_1 through the hub of any replica.
func execReachesTheLiveRelease(t *testing.T, n *node, h *hub.Hub) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	t.Run("a megabyte through a command and back", func(t *testing.T) {
		input := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
		var stdout, stderr bytes.Buffer
		code, err := h.Exec(ctx, n.server, wire.Exec{Owner: owner("svc_1"), Argv: []string{"./app", "cat"}}, bytes.NewReader(input), &stdout, &stderr)
		require.NoError(t, err)
		require.Zero(t, code)
		require.True(t, bytes.Equal(input, stdout.Bytes()), "%d bytes of %d", stdout.Len(), len(input))
	})
	t.Run("exit code and both outputs", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		code, err := h.Exec(ctx, n.server, wire.Exec{Owner: owner("svc_1"), Instance: "svc_1.rel_1.1", Argv: []string{"./app", "fail", "7"}}, nil, &stdout, &stderr)
		require.NoError(t, err)
		require.Equal(t, 7, code)
		require.Equal(t, "to stdout\n", stdout.String())
		require.Equal(t, "to stderr\n", stderr.String())
	})
	t.Run("no such replica", func(t *testing.T) {
		_, err := h.Exec(ctx, n.server, wire.Exec{Owner: owner("svc_2"), Argv: []string{"true"}}, nil, &bytes.Buffer{}, &bytes.Buffer{})
		require.ErrorContains(t, err, "no such replica")
	})
	t.Run("a caller who goes away ends the command", func(t *testing.T) {
		gone, leave := context.WithCancel(ctx)
		started := make(chan struct{}, 1)
		done := make(chan error, 1)
		go func() {
			_, err := h.Exec(gone, n.server, wire.Exec{Owner: owner("svc_1"), Argv: []string{"./app", "build-hang"}}, nil, signal{started}, &bytes.Buffer{})
			done <- err
		}()
		<-started
		leave()
		require.Error(t, <-done)
	})
}

// signal tells that something was written.
type signal struct{ to chan struct{} }

func (s signal) Write(p []byte) (int, error) {
	select {
	case s.to <- struct{}{}:
	default:
	}
	return len(p), nil
}
