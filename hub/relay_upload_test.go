package hub_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

func TestAnUploadIsFetchedFromTheReplicaThatTookIt(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	replica := func(name string, has uploads) *hubtest.Replica {
		return p.Start("", func(o *hub.Options) { o.Replica, o.Uploads = name, has })
	}
	none, some, asks := replica(
		"r1",
		uploads{},
	), replica(
		"r2",
		uploads{hubtest.Org + "/upl_1": "an archive"},
	), replica(
		"r3",
		uploads{},
	)

	var body io.ReadCloser
	require.Eventually(t, func() bool { // each replica is known once it has its lease
		var err error
		body, err = asks.FetchUpload(within(t), hubtest.Org, "upl_1")
		return err == nil
	}, 20*time.Second, 20*time.Millisecond)
	raw, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.Equal(t, "an archive", string(raw))

	for _, no := range [][2]string{{hubtest.Org, "upl_2"}, {"org_other", "upl_1"}} {
		_, err = asks.FetchUpload(within(t), no[0], no[1])
		require.Equal(t, domain.NotFound, domain.CodeOf(err), "%v", err)
	}

	t.Run("nobody else gets one", func(t *testing.T) {
		for name, ticket := range map[string]string{"without a ticket": "", "with a guess": "e30.AAAA"} {
			req, err := http.NewRequestWithContext(
				t.Context(),
				http.MethodGet,
				some.URL+"/internal/v1/uploads/"+hubtest.Org+"/upl_1",
				nil,
			)
			require.NoError(t, err)
			req.Header.Set("Syntra-Relay-Ticket", ticket)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusUnauthorized, res.StatusCode, name)
		}
	})
	t.Run("a replica that cannot be asked is named, where no other has it", func(t *testing.T) {
		none.Kill()
		body, err := asks.FetchUpload(within(t), hubtest.Org, "upl_1")
		require.NoError(t, err)
		require.NoError(t, body.Close())
		_, err = asks.FetchUpload(within(t), hubtest.Org, "upl_2")
		if domain.CodeOf(err) != domain.NotFound { // its lease may be over already
			require.Equal(t, domain.Unavailable, domain.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, `"r1"`)
			require.ErrorContains(t, err, "--internal-address")
		}
	})
}
