package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/e2e/proof"
)

func TestADeploymentSurvivesEveryDeathAtEveryStep(t *testing.T) {
	ctx, p := own(t, harness.Options{})

	figures, err := proof.Resume(ctx, p, 1, proof.Victims, t.Output())

	t.Log(figures)
	require.NoError(t, err)
	require.NoError(t, figures.Wrong())
}

func TestRedeployAndRollbackFailNoRequest(t *testing.T) {
	ctx, p := story(t)

	figures, err := proof.Redeploy(ctx, p, 2, false, t.Output())

	t.Log(figures)
	require.NoError(t, err)
	require.NoError(t, figures.Wrong())
}

func TestRedeployAndRollbackOfContainersFailNoRequest(t *testing.T) {
	requireDocker(t)
	ctx, p := story(t)

	figures, err := proof.Redeploy(ctx, p, 2, true, t.Output())

	t.Log(figures)
	require.NoError(t, err)
	require.NoError(t, figures.Wrong())
}

func TestTheSeamsOfTheControlPlaneHold(t *testing.T) {
	ctx, p := own(t, harness.Options{Args: proof.CoreArgs})

	figures, err := proof.Core(ctx, p, 1, t.Output())

	t.Log(figures)
	require.NoError(t, err)
	require.NoError(t, figures.Wrong())
}
