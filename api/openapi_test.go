package api_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
)

// The committed description is what generators of clients read: it must be the program's.
func TestTheCommittedDescriptionIsTheProgramsOwn(t *testing.T) {
	spec, err := api.New(api.Options{Version: "dev"}).Spec()
	require.NoError(t, err)
	spec = append(spec, '\n')
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(committed, spec), "the API has changed: run `go tool task generate`")
}
