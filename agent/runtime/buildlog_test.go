package runtime_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// writes keeps each Write apart.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func TestBuildLog_passesWholeLinesOn(t *testing.T) {
	t.Parallel()
	var out writes
	log := runtime.NewBuildLog(&out, runtime.BuildSpec{})
	for _, part := range []string{"on", "e\ntwo\r\nth", "ree"} {
		_, err := log.Write([]byte(part))
		require.NoError(t, err)
	}
	log.Flush()
	require.Equal(t, writes{"one\n", "two\n", "three\n"}, out)
}

func TestBuildLog_masksSecretsInLinesAndMessages(t *testing.T) {
	t.Parallel()
	var out writes
	log := runtime.NewBuildLog(&out, runtime.BuildSpec{Secrets: map[string]string{
		"KEY": "first line of key\nsecond line of key\n", "TOKEN": "tok-123", "FLAG": "on",
	}})
	log.Printf("token tok-123 is on")
	log.Printf("second line of key")
	require.Equal(t, "token •••••• is on\n••••••\n", strings.Join(out, ""))
	require.Equal(t, "echo ••••••", log.Mask("echo tok-123"))
	require.NotContains(t, log.Tail(), "tok-123")
}

func TestBuildLog_tailIsTheEndWithoutEmptyLines(t *testing.T) {
	t.Parallel()
	log := runtime.NewBuildLog(&writes{}, runtime.BuildSpec{})
	for i := range 100 {
		log.Printf("line %d", i)
		log.Printf("")
	}
	lines := strings.Split(log.Tail(), "\n")
	require.Len(t, lines, 15)
	require.Equal(t, "line 99", lines[14])
}

func TestLines_cutsEndlessLines(t *testing.T) {
	t.Parallel()
	var sizes []int
	lines := runtime.Lines{Emit: func(l []byte) { sizes = append(sizes, len(l)) }}
	_, _ = fmt.Fprint(&lines, strings.Repeat("x", 2*runtime.MaxLine+5), "\nshort\n")
	require.Equal(t, []int{runtime.MaxLine, runtime.MaxLine, 5, 5}, sizes)
}

func TestFreePort_avoidsWhatIsTaken(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 50 {
		port, err := runtime.FreePort(func(p int) bool { return seen[p] })
		require.NoError(t, err)
		require.False(t, seen[port])
		seen[port] = true
	}
	_, err := runtime.FreePort(func(int) bool { return true })
	require.ErrorContains(t, err, "no free port")
}
