package activities_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/temporal"
)

func TestAwaitAgent_looksOnceAndIsTriedAgainUntilItsDeadline(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	inAnHour := time.Now().Add(time.Hour)
	at, err := do[activities.Location](s, "AwaitAgent", s.Server, inAnHour)
	require.NoError(t, err)
	require.True(t, at.Online)

	s.Agent.Leave()
	_, err = do[activities.Location](s, "AwaitAgent", s.Server, inAnHour)
	var away *temporal.ApplicationError
	require.True(t, errors.As(err, &away))
	require.Equal(t, activities.ErrTypeAway, away.Type())
	require.False(t, away.NonRetryable())

	at, err = do[activities.Location](s, "AwaitAgent", s.Server, time.Now().Add(-time.Second))
	require.NoError(t, err)
	require.False(t, at.Online)
}
