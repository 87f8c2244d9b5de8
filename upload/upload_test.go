package upload

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/source"
)

var (
	ctx  = context.Background()
	acme = id.Derived(id.Organization, "acme")
	evil = id.Derived(id.Organization, "evil")
)

func archive(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	tw := tar.NewWriter(gz)
	for _, h := range headers {
		content := []byte("hello\n")
		if h.Typeflag == 0 || h.Typeflag == tar.TypeReg {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(content))
		} else {
			content = nil
		}
		h.Mode = 0o644
		require.NoError(t, tw.WriteHeader(&h))
		_, err := tw.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	require.NoError(t, gz.Close())
	return out.Bytes()
}

func open(t *testing.T, limits source.Limits) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "uploads"), limits)
	require.NoError(t, err)
	return s
}

func TestWhatIsPutCanBeOpenedByItsOrganizationOnly(t *testing.T) {
	t.Parallel()
	s := open(t, source.Limits{})
	data := archive(t, tar.Header{Name: "main.go"})
	up, err := s.Put(ctx, acme, bytes.NewReader(data))
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	require.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), up.Digest)
	require.EqualValues(t, len(data), up.Size)

	again, err := s.Put(ctx, acme, iotest.OneByteReader(bytes.NewReader(data)))
	require.NoError(t, err)
	require.Equal(t, up, again, "the same archive is the same upload")

	r, size, err := s.Open(ctx, acme, up.ID)
	require.NoError(t, err)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, data, got)
	require.EqualValues(t, len(data), size)

	for _, no := range [][2]string{
		{evil, up.ID}, {acme, id.New(id.Upload)}, {acme, "../" + acme + "/" + up.ID}, {acme, ""}, {"../..", up.ID}, {"", up.ID},
	} {
		_, _, err := s.Open(ctx, no[0], no[1])
		require.Equal(t, domain.NotFound, domain.CodeOf(err), "%q", no)
	}
}

func TestBadArchivesLeaveNothing(t *testing.T) {
	t.Parallel()
	small := source.Limits{ArchiveBytes: 4 << 10, Bytes: 1 << 20, Files: 100}
	noise := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	for name, c := range map[string]struct {
		body io.Reader
		want domain.Code
	}{
		"no archive":             {bytes.NewReader([]byte("hello")), domain.Invalid},
		"nothing":                {bytes.NewReader(nil), domain.Invalid},
		"cut off":                {bytes.NewReader(archive(t, tar.Header{Name: "a"})[:40]), domain.Invalid},
		"up and out":             {bytes.NewReader(archive(t, tar.Header{Name: "../../etc/passwd"})), domain.Invalid},
		"absolute":               {bytes.NewReader(archive(t, tar.Header{Name: "/etc/passwd"})), domain.Invalid},
		"link out":               {bytes.NewReader(archive(t, tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "../../etc"})), domain.Invalid},
		"device":                 {bytes.NewReader(archive(t, tar.Header{Name: "a", Typeflag: tar.TypeChar})), domain.Invalid},
		"too big":                {io.MultiReader(bytes.NewReader(archive(t, tar.Header{Name: "a"})), bytes.NewReader(noise)), domain.TooLarge},
		"the connection is lost": {io.MultiReader(bytes.NewReader(archive(t, tar.Header{Name: "a"})[:40]), iotest.ErrReader(errors.New("reset"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, small)
			_, err := s.Put(ctx, acme, c.body)
			require.Error(t, err)
			require.Equal(t, c.want, domain.CodeOf(err), "%v", err)
			left, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestTheSweepTakesWhatIsOldAndUnused(t *testing.T) {
	t.Parallel()
	s := open(t, source.Limits{})
	put := func(org, name string) Upload {
		up, err := s.Put(ctx, org, bytes.NewReader(archive(t, tar.Header{Name: name})))
		require.NoError(t, err)
		return up
	}
	used, unused := put(acme, "used"), put(acme, "unused")
	broken := filepath.Join(s.dir, acme, temporary+"123")
	require.NoError(t, os.WriteFile(broken, []byte("x"), 0o600))
	inUse := func(_ context.Context, org, uploadID string) (bool, error) {
		return org == acme && uploadID == used.ID, nil
	}

	n, err := s.Sweep(ctx, inUse)
	require.NoError(t, err)
	require.Zero(t, n, "all is young")

	s.now = func() time.Time { return time.Now().Add(Life + time.Minute) }
	n, err = s.Sweep(ctx, inUse)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Stat(ctx, acme, used.ID)
	require.NoError(t, err)
	_, err = s.Stat(ctx, acme, unused.ID)
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	require.NoFileExists(t, broken)

	n, err = s.Sweep(ctx, func(context.Context, string, string) (bool, error) { return false, nil })
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Sweep(ctx, inUse)
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
