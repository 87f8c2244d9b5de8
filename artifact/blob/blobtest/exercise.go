// Package blobtest is what every store of the registry's bytes must do, run over each adapter.
package blobtest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/blob"
)

// Exercise runs the suite; open makes an empty store.
func Exercise(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"what is written in pieces is read whole and from any offset": pieces,
		"an append cuts off what lay behind its offset":               overwrites,
		"a broken append tells how far it came":                       broken,
		"a finished object has exactly the bytes that were said":      finishes,
		"a finished object is not written any more":                   sealed,
		"an object has one writer at a time":                          busy,
		"organizations do not share objects":                          apart,
		"what is deleted is gone, and who reads it goes on":           deletes,
		"objects are listed, finished or not":                         lists,
		"names that could be paths are refused":                       names,
		"a store knows itself, and is no object":                      identity,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

var one = blob.Name{Organization: "org_a", ID: "one"}

func write(t *testing.T, s blob.Store, name blob.Name, offset int64, text string) {
	t.Helper()
	n, err := s.Append(t.Context(), name, offset, strings.NewReader(text))
	require.NoError(t, err)
	require.EqualValues(t, len(text), n)
}

func read(t *testing.T, s blob.Store, name blob.Name, offset int64) string {
	t.Helper()
	r, err := s.Open(t.Context(), name, offset)
	require.NoError(t, err)
	defer r.Close()
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(raw)
}

func pieces(t *testing.T, s blob.Store) {
	write(t, s, one, 0, "hello ")
	write(t, s, one, 6, "world")
	require.Equal(t, "hello world", read(t, s, one, 0), "before it is finished")
	require.NoError(t, s.Finish(t.Context(), one, 11))
	require.Equal(t, "hello world", read(t, s, one, 0))
	require.Equal(t, "world", read(t, s, one, 6))
	require.Empty(t, read(t, s, one, 11))
	_, err := s.Open(t.Context(), blob.Name{Organization: "org_a", ID: "other"}, 0)
	require.ErrorIs(t, err, blob.ErrNotFound)
}

func overwrites(t *testing.T, s blob.Store) {
	write(t, s, one, 0, "hello world")
	write(t, s, one, 5, "!")
	require.Equal(t, "hello!", read(t, s, one, 0))
	_, err := s.Append(t.Context(), one, 7, strings.NewReader("x"))
	require.Error(t, err, "a hole would be left")
	_, err = s.Append(t.Context(), blob.Name{Organization: "org_a", ID: "other"}, 3, strings.NewReader("x"))
	require.Error(t, err)
}

func broken(t *testing.T, s blob.Store) {
	cut := errors.New("the connection is lost")
	n, err := s.Append(t.Context(), one, 0, io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(cut)))
	require.ErrorIs(t, err, cut)
	require.EqualValues(t, 5, n)
	write(t, s, one, n, " again")
	require.Equal(t, "hello again", read(t, s, one, 0))
}

func finishes(t *testing.T, s blob.Store) {
	write(t, s, one, 0, "hello world")
	require.Error(t, s.Finish(t.Context(), one, 12))
	require.NoError(t, s.Finish(t.Context(), one, 5), "what lay behind was never told of")
	require.NoError(t, s.Finish(t.Context(), one, 5))
	require.Error(t, s.Finish(t.Context(), one, 6))
	require.Equal(t, "hello", read(t, s, one, 0))
	require.ErrorIs(t, s.Finish(t.Context(), blob.Name{Organization: "org_a", ID: "other"}, 0), blob.ErrNotFound)
}

func sealed(t *testing.T, s blob.Store) {
	write(t, s, one, 0, "hello")
	require.NoError(t, s.Finish(t.Context(), one, 5))
	_, err := s.Append(t.Context(), one, 5, strings.NewReader("!"))
	require.Error(t, err)
	require.Equal(t, "hello", read(t, s, one, 0))
}

func busy(t *testing.T, s blob.Store) {
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := s.Append(t.Context(), one, 0, r)
		ended <- err
	}()
	_, err := w.Write([]byte("hel")) // it has begun
	require.NoError(t, err)
	_, err = s.Append(t.Context(), one, 0, strings.NewReader("x"))
	require.ErrorIs(t, err, blob.ErrBusy)
	require.ErrorIs(t, s.Finish(t.Context(), one, 3), blob.ErrBusy)
	_, err = w.Write([]byte("lo"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, <-ended)
	require.NoError(t, s.Finish(t.Context(), one, 5))
	require.Equal(t, "hello", read(t, s, one, 0))
}

func apart(t *testing.T, s blob.Store) {
	other := blob.Name{Organization: "org_b", ID: one.ID}
	write(t, s, one, 0, "ours")
	_, err := s.Open(t.Context(), other, 0)
	require.ErrorIs(t, err, blob.ErrNotFound)
	write(t, s, other, 0, "theirs")
	require.NoError(t, s.Delete(t.Context(), other))
	require.Equal(t, "ours", read(t, s, one, 0))
}

func deletes(t *testing.T, s blob.Store) {
	big := bytes.Repeat([]byte("x"), 1<<20)
	_, err := s.Append(t.Context(), one, 0, bytes.NewReader(big))
	require.NoError(t, err)
	require.NoError(t, s.Finish(t.Context(), one, int64(len(big))))
	r, err := s.Open(t.Context(), one, 0)
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, s.Delete(t.Context(), one))
	require.NoError(t, s.Delete(t.Context(), one))
	_, err = s.Open(t.Context(), one, 0)
	require.ErrorIs(t, err, blob.ErrNotFound)
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Len(t, raw, len(big))
}

func lists(t *testing.T, s blob.Store) {
	other := blob.Name{Organization: "org_b", ID: "two"}
	write(t, s, one, 0, "hello")
	write(t, s, other, 0, "hello")
	require.NoError(t, s.Finish(t.Context(), other, 5))
	var all []blob.Name
	for name, err := range s.Objects(t.Context()) {
		require.NoError(t, err)
		all = append(all, name)
	}
	require.ElementsMatch(t, []blob.Name{one, other}, all)
}

func names(t *testing.T, s blob.Store) {
	for _, name := range []blob.Name{
		{}, {Organization: "..", ID: "x"}, {Organization: "org_a", ID: "../x"}, {Organization: "org_a", ID: "a/b"},
	} {
		_, err := s.Append(t.Context(), name, 0, strings.NewReader("x"))
		require.Error(t, err, name)
		_, err = s.Open(t.Context(), name, 0)
		require.Error(t, err, name)
		require.Error(t, s.Finish(t.Context(), name, 0), name)
		require.Error(t, s.Delete(t.Context(), name), name)
	}
}

func identity(t *testing.T, s blob.Store) {
	first, err := s.Identity(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, first)
	again, err := s.Identity(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, again)
	for name, err := range s.Objects(t.Context()) {
		t.Fatalf("there is %v %v", name, err)
	}
}
