package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/proof"
)

// Some of what `go tool task prove:first-hour` deploys: quick ones that need nothing from the network.
func TestWhatPeopleBringWorksOrSaysWhatMendsIt(t *testing.T) {
	ctx, p := story(t)

	figures, err := proof.FirstHour(ctx, p, t.Output(), "node-nodemon", "static-spa", "python-plain", "procfile-no-web",
		"node-fixed-port")

	t.Log(figures)
	require.NoError(t, err)
	require.NoError(t, figures.Wrong())
	require.Equal(t, 3, figures.Worked)
	require.Equal(t, 2, figures.Told)
}
