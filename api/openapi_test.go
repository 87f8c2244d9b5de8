package api_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
)

var update = flag.Bool("update", false, "rewrite api/openapi.json")

// The committed description is what generators of clients read: it must be the program's.
func TestTheCommittedDescriptionIsTheProgramsOwn(t *testing.T) {
	spec, err := api.New(api.Options{Version: "dev"}).Spec()
	require.NoError(t, err)
	spec = append(spec, '\n')
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", spec, 0o644))
	}
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(committed, spec), "the API has changed: run `go test ./api -run Description -update`")
}
