package projections

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain/service"
)

func TestAServerPassesOnForAWhileOnly(t *testing.T) {
	t.Parallel()
	long := time.Now().Add(-PassOnFor)
	var s serviceRow
	s.Placement = service.On("srv_1", "srv_2")
	s.place(service.Placed{Targets: service.On("srv_2")}, long)
	require.False(t, s.passesOn("srv_1"), "it left long ago")
	require.False(t, s.passesOn("srv_2"), "the service is there")

	s.place(service.Placed{Targets: service.On("srv_3")}, time.Now())
	require.True(t, s.passesOn("srv_2"))
	require.NotContains(t, s.LeftAt, "srv_1", "the next move forgets it")

	s.place(service.Placed{Targets: service.On("srv_2")}, time.Now())
	require.False(t, s.passesOn("srv_2"), "the service is back")
	require.True(t, s.passesOn("srv_3"))
}
