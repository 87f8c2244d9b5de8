//go:build linux

package process_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime/process"
)

// A shell that waits for its last command dies of SIGTERM at once; what it started must still have its grace.
func TestStop_givesTheProgramBehindAShellItsGrace(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"in the shell's group": `(trap 'sleep 1; echo bye > bye.txt; exit' TERM; echo ready > ready.txt;` +
			` while :; do sleep 0.05; done); true`,
		"in a session of its own": `setsid sh -c "trap 'sleep 1; echo bye > bye.txt; exit' TERM; echo ready > ready.txt;` +
			` while :; do sleep 0.05; done" & wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			r := open(t, opts)
			defer func() { require.NoError(t, r.Close()) }()
			i := running(t, r, command, nil)
			eventually(t, "it has set its trap", func() bool { return has(opts, "ready.txt") })
			require.NoError(t, r.Stop(t.Context(), i.Name, 30*time.Second))
			require.True(t, has(opts, "bye.txt"), "it finished its work before it ended")
		})
	}
}

func TestStop_killsWhatIsLeftAfterTheGrace(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	mark := mark(t)
	i := running(t, r, `(trap '' TERM; echo ready > ready.txt; sleep `+mark+`); true`, nil)
	eventually(t, "it ignores SIGTERM", func() bool { return has(opts, "ready.txt") })
	require.NoError(t, r.Stop(t.Context(), i.Name, 100*time.Millisecond))
	require.Empty(t, processes(t, "sleep\x00"+mark))
}

func TestShim_reapsTheOrphansOfItsProgram(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	i := running(t, r, `for n in $(seq 200); do (setsid true &); done; echo ready > ready.txt; exec ./app serve`, nil)
	eventually(t, "all have been started", func() bool { return has(opts, "ready.txt") })
	shims := processes(t, "process-shim", filepath.Join(opts.Dir, "instances", "replica"))
	require.Len(t, shims, 1)
	eventually(t, "no zombie is left", func() bool { return process.Zombies(shims[0]) == 0 })

	var out bytes.Buffer
	code, err := r.Exec(t.Context(), i.Name, []string{"sh", "-c", "(setsid true &); exit 7"}, nil, &out, nil)
	require.NoError(t, err)
	require.Equal(t, 7, code, "the reaper leaves the shim's own children to whoever waits for them")
	eventually(t, "an exec leaves none either", func() bool { return process.Zombies(shims[0]) == 0 })
}

// has reports whether the replica's folder holds a file.
func has(opts process.Options, file string) bool {
	_, err := os.Stat(filepath.Join(opts.Dir, "instances", "replica", "app", file))
	return err == nil
}
