package exec_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/exec"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// cat is a runtime whose one replica runs nothing but cat.
type cat struct{ runtime.Runtime }

func (cat) Name() string { return "cat" }

func (cat) Instances(context.Context, string) ([]runtime.Instance, error) {
	return []runtime.Instance{{Name: "svc.rel.1", State: runtime.Running}}, nil
}

func (cat) Exec(_ context.Context, _ string, _ []string, in io.Reader, out, _ io.Writer) (int, error) {
	_, err := io.Copy(out, in)
	return 0, err
}

// session counts what was sent.
type session struct {
	mu     sync.Mutex
	output []byte
}

func (s *session) send(_ string, v any) error {
	if out, ok := v.(wire.ExecOutput); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.output = append(s.output, out.Data...)
	}
	return nil
}

func run(t *testing.T, streams *exec.Streams, id string) error {
	t.Helper()
	store, err := state.Open(t.TempDir())
	require.NoError(t, err)
	runner := &exec.Runner{Runtimes: replica.Runtimes{cat{}}, State: store}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, streams.End)
	defer stop()
	_, err = runner.Run(ctx, streams, id, wire.Exec{Owner: wire.Owner{Service: "svc"}, Instance: "svc.rel.1", Argv: []string{"cat"}})
	return err
}

func TestInputThatIsFasterThanItsCommandIsKept(t *testing.T) {
	t.Parallel()
	var s session
	streams := exec.NewStreams(s.send)
	streams.Open("one")
	streams.Input(wire.ExecInput{ID: "one", Data: []byte("early")})
	streams.Input(wire.ExecInput{ID: "one", EOF: true})
	require.NoError(t, run(t, streams, "one"))
	require.Equal(t, "early", string(s.output))
}

// However many commands have left input behind, the next one gets its own.
func TestInputAfterTheEndTakesNoPlace(t *testing.T) {
	t.Parallel()
	var s session
	streams := exec.NewStreams(s.send)
	for n := range 1000 {
		id := fmt.Sprint(n)
		streams.Open(id)
		streams.Close(id)
		streams.Input(wire.ExecInput{ID: id, Data: []byte("late")})
		streams.Input(wire.ExecInput{ID: id, EOF: true})
	}
	streams.Open("last")
	streams.Input(wire.ExecInput{ID: "last", EOF: true})
	require.NoError(t, run(t, streams, "last"))
}

func TestMoreCommandsThanASessionCarriesAreRefused(t *testing.T) {
	t.Parallel()
	var s session
	streams := exec.NewStreams(s.send)
	for n := range 257 {
		streams.Open(fmt.Sprint(n))
	}
	require.ErrorContains(t, run(t, streams, "256"), "already: end some first")
	streams.Close("0")
	streams.Open("256")
	streams.Input(wire.ExecInput{ID: "256", EOF: true})
	require.NoError(t, run(t, streams, "256"))
}
