package projections_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/projections"
)

var (
	noon  = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	shown = strings.Repeat("5", 64)
)

// askFor requests an approval about a service.
func (w *world) askFor(id, serviceID string) {
	tell(w, approval.Stream(id), func(a *approval.Approval) ([]domain.Event, error) {
		return a.Request(approval.Requested{
			ApprovalID:      id,
			Subject:         approval.Subject{Kind: "deployment", ID: "dep_1", ServiceID: serviceID},
			Action:          "service.operate",
			Title:           "Promote release 8",
			ArgumentsDigest: shown,
			ShownDigest:     shown,
			Preconditions:   []approval.Precondition{{Name: "live_release", Value: "rel_7"}},
			ExpiresAt:       noon.Add(time.Hour),
		}, noon)
	})
}

func TestApprovalsAreShownAsTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	on := func(id string, do func(*approval.Approval) ([]domain.Event, error)) {
		tell(w, approval.Stream(id), do)
	}
	for _, id := range []string{"pending", "approved", "rejected", "expired", "voided", "used"} {
		w.askFor("apr_"+id, "svc_1")
	}
	approve := func(a *approval.Approval) ([]domain.Event, error) { return a.Approve("usr_ada", shown, noon) }
	on("apr_approved", approve)
	on("apr_rejected", func(a *approval.Approval) ([]domain.Event, error) { return a.Reject("usr_ada", "on Friday?", noon) })
	on("apr_expired", func(a *approval.Approval) ([]domain.Event, error) { return a.Expire(noon.Add(time.Hour)) })
	on("apr_voided", approve)
	on("apr_voided", func(a *approval.Approval) ([]domain.Event, error) { return a.Use("dep_1/promote", shown, nil, noon) })
	on("apr_used", approve)
	on("apr_used", func(a *approval.Approval) ([]domain.Event, error) {
		return a.Use("dep_1/promote", shown, []approval.Precondition{{Name: "live_release", Value: "rel_7"}}, noon)
	})
	w.settle()

	for _, status := range []approval.Status{"pending", "approved", "rejected", "expired", "voided", "used"} {
		rows, next, err := w.Approvals(w.ctx, w.org, status, "svc_1", projections.PageRequest{})
		require.NoError(t, err)
		require.Empty(t, next)
		require.Len(t, rows, 1, status)
		require.Equal(t, "apr_"+string(status), rows[0].ID)
	}
	rejected, err := w.Approval(w.ctx, w.org, "apr_rejected")
	require.NoError(t, err)
	require.Equal(t, "usr_ada", rejected.DecidedBy)
	require.Equal(t, "on Friday?", rejected.Reason)
	voided, err := w.Approval(w.ctx, w.org, "apr_voided")
	require.NoError(t, err)
	require.Equal(t, "live_release is not rel_7 any more", voided.Reason)
	_, err = w.Approval(w.ctx, "org_b", "apr_pending")
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
}
