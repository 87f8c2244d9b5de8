package edge_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/keeper"
)

// Given a keeper that holds an edge's sockets, when the edge is killed, then connections that come while there is none
// wait, and the next edge answers them.
func TestConnectionsWaitWhileAKilledEdgeIsReplaced(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, withTLS)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	held, err := keeper.Hold(e.o.Socket)
	require.NoError(t, err)
	defer held.Close()
	require.Equal(t, []string{"http", "https"}, held.Names())
	p.kill()
	select {
	case <-held.Gone():
	case <-time.After(10 * time.Second):
		t.Fatal("the keeper does not notice that the edge is dead")
	}
	var waiting []io.ReadWriter
	for range 20 {
		c := e.dial(t)
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
		waiting = append(waiting, c)
	}
	names, files := held.Files()
	began := time.Now()
	_, next := spawnEdge(t, dir, func(o *edge.Options) { withTLS(o); o.Sockets = names }, files...)
	t.Logf("the next edge served after %s", time.Since(began).Round(time.Millisecond))
	closeFiles(files)
	require.Equal(t, []int{e.at.HTTPPort, e.at.HTTPSPort}, []int{next.at.HTTPPort, next.at.HTTPSPort})
	for _, c := range waiting {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
	}
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// A keeper's sockets are those of the edge that serves: it is told when another one takes over, and when one ends.
func TestAKeeperIsToldOfTheNextEdge(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	_, e := spawnEdge(t, dir, nil)
	held, err := keeper.Hold(e.o.Socket)
	require.NoError(t, err)
	defer held.Close()
	p, next := spawnEdge(t, dir, nil)
	<-held.Gone()
	again, err := keeper.Hold(next.o.Socket)
	require.NoError(t, err)
	defer again.Close()
	select {
	case <-again.Gone():
		t.Fatal("the edge serves")
	default:
	}
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.awaitExit(t)
	<-again.Gone()
	_, err = keeper.Hold(next.o.Socket)
	require.Error(t, err)
}
