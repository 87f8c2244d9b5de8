package runtimetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

func (s *suite) builds(t *testing.T) {
	a, out, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildOK), Args: s.uncached("any")})
	require.NoError(t, err, out)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, a.Digest)
	require.Positive(t, a.SizeBytes)
	require.Contains(t, out, "compiling the first part\n")
	require.Contains(t, out, "compiling the second part\n")
	has, err := s.r.Has(t.Context(), a.Digest)
	require.NoError(t, err)
	require.True(t, has)
	has, err = s.r.Has(t.Context(), "sha256:"+strings.Repeat("0", 64))
	require.NoError(t, err)
	require.False(t, has)
}

func (s *suite) buildFails(t *testing.T) {
	_, out, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildFails)})
	require.Equal(t, runtime.CodeBuildFailed, runtime.CodeOf(err), "%v\n%s", err, out)
	require.ErrorContains(t, err, "main.c:3: the semicolon is missing")
	require.ErrorContains(t, err, "exit code")
	require.Contains(t, out, "main.c:3: the semicolon is missing\n")
}

func (s *suite) buildTooBig(t *testing.T) {
	_, _, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildOK), MaxBytes: 1 << 20})
	require.Equal(t, runtime.CodeTooBig, runtime.CodeOf(err), "%v", err)
}

func (s *suite) buildCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out lockedBuffer
	ended := make(chan error, 1)
	go func() {
		_, err := s.r.Build(ctx, runtime.BuildSpec{Service: "svc_test", Deployment: "dep_cancel" + s.runs, Dir: s.Source(t, BuildHangs)}, &out)
		ended <- err
	}()
	eventually(t, "the build hangs", func() bool { return strings.Contains(out.String(), "hanging\n") })
	cancel()
	var err error
	eventually(t, "the cancelled build ends", func() bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}

func (s *suite) buildSecrets(t *testing.T) {
	const secret = "swordfish-4711-do-not-tell"
	a, out, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildSecret), Secrets: map[string]string{"TOKEN": secret}, Args: s.uncached("any")})
	require.NoError(t, err, out)
	require.Contains(t, out, fmt.Sprintf("digest %x", sha256.Sum256([]byte(secret))), "the build did not see the secret")
	require.NotContains(t, out, secret)
	spec := s.spec(t, nil)
	spec.Digest = a.Digest
	i := s.start(t, spec)
	s.answers(t, i)
	var found, stderr lockedBuffer
	code, err := s.r.Exec(t.Context(), spec.Name, []string{s.App, "search", s.Root}, strings.NewReader(secret), &found, &stderr)
	require.NoError(t, err)
	require.Zero(t, code, stderr.String())
	require.Equal(t, "searched\n", found.String())
}

func (s *suite) buildArgs(t *testing.T) {
	_, out, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildArgs), Args: s.uncached("vanilla")})
	require.NoError(t, err, out)
	require.Contains(t, out, "argument is vanilla"+s.runs+"\n")
}

// uncached is an argument that no build before had, so that the engine's cache does not answer for the build.
func (s *suite) uncached(flavour string) map[string]string {
	return map[string]string{"FLAVOUR": flavour + s.runs}
}
