package syntra_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheClientWasMadeFromTodaysDescription(t *testing.T) {
	t.Parallel()
	description, err := os.ReadFile("../../api/openapi.json")
	require.NoError(t, err)
	made, err := os.ReadFile("openapi.sum")
	require.NoError(t, err)
	sum := sha256.Sum256(description)
	require.Equal(t, hex.EncodeToString(sum[:]), strings.Fields(string(made))[0], "the API has changed: run `go tool task generate`")
}
