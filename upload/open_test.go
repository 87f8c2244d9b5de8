package upload

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/source"
)

func TestWhatAnotherReplicaTookIsFetchedOnce(t *testing.T) {
	t.Parallel()
	here, there := open(t, source.Limits{}), open(t, source.Limits{})
	asked := 0
	here.Elsewhere = func(ctx context.Context, org, uploadID string) (io.ReadCloser, error) {
		asked++
		archive, _, err := there.OpenHere(ctx, org, uploadID)
		return archive, err
	}
	up, err := there.Put(ctx, acme, bytes.NewReader(archive(t, tar.Header{Name: "main.go"})))
	require.NoError(t, err)
	_, _, err = here.OpenHere(ctx, acme, up.ID)
	require.Equal(t, domain.NotFound, domain.CodeOf(err))

	got, err := here.Stat(ctx, acme, up.ID)
	require.NoError(t, err)
	require.Equal(t, up, got)
	body, size, err := here.Open(ctx, acme, up.ID)
	require.NoError(t, err)
	require.Equal(t, up.Size, size)
	require.NoError(t, body.Close())
	require.Equal(t, 1, asked)

	_, err = here.Stat(ctx, evil, up.ID)
	require.Equal(t, domain.NotFound, domain.CodeOf(err), "it is another organization's")
	asked = 0
	for _, no := range [][2]string{{acme, "../x"}, {"..", up.ID}, {acme, ""}} {
		_, _, err := here.Open(ctx, no[0], no[1])
		require.Equal(t, domain.NotFound, domain.CodeOf(err), "%q", no)
	}
	require.Zero(t, asked, "nobody is asked for what cannot be")
}

func TestWhatAnotherReplicaSendsIsVerified(t *testing.T) {
	t.Parallel()
	lost := errors.New("the replica is away")
	for name, elsewhere := range map[string]func() (io.ReadCloser, error){
		"another archive": func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(archive(t, tar.Header{Name: "other"}))), nil
		},
		"no archive": func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("hello"))), nil },
		"half of one": func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(archive(t, tar.Header{Name: "x"})[:40])), nil
		},
		"nothing": func() (io.ReadCloser, error) { return nil, lost },
	} {
		s := open(t, source.Limits{})
		s.Elsewhere = func(context.Context, string, string) (io.ReadCloser, error) { return elsewhere() }
		wanted := id.Derived(id.Upload, acme, "sha256:wanted")
		_, _, err := s.Open(ctx, acme, wanted)
		require.Error(t, err, name)
		_, _, err = s.OpenHere(ctx, acme, wanted)
		require.Equal(t, domain.NotFound, domain.CodeOf(err), name)
	}
}
