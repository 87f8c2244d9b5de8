package projections_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/projections"
)

func TestAWebhookIsShownAsItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	on := func(decide func(*webhook.Webhooks) ([]domain.Event, error)) {
		tell(w, webhook.Stream(w.org), decide)
		w.settle()
	}
	get := func() projections.Webhook {
		row, err := w.Webhook(w.ctx, w.org, "whk_1")
		require.NoError(t, err)
		return row
	}
	for _, id := range []string{"whk_1", "whk_2"} {
		on(func(s *webhook.Webhooks) ([]domain.Event, error) {
			return s.Create(webhook.Draft{ID: id, ProjectID: "prj_1", Host: "a.example.com", Events: []string{webhook.ServerLost}})
		})
	}
	made := get()
	require.False(t, made.CreatedAt.IsZero())
	require.Equal(t, projections.Webhook{
		ID: "whk_1", ProjectID: "prj_1", Host: "a.example.com", Events: []string{webhook.ServerLost}, Enabled: true, CreatedAt: made.CreatedAt,
	}, made)

	name, host := "Chat", "b.example.com"
	on(func(s *webhook.Webhooks) ([]domain.Event, error) {
		return s.Change("whk_1", webhook.Edit{Name: &name, Host: &host, Events: []string{webhook.All}})
	})
	require.Equal(t, []string{"Chat", "b.example.com", "*"}, append([]string{get().Name, get().Host}, get().Events...))
	on(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.RotateSecret("whk_1", noon) })
	require.Equal(t, noon.Add(webhook.Overlap), *get().PreviousSecretUntil)
	on(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.Disable("whk_1", "gone") })
	require.False(t, get().Enabled)
	require.Equal(t, "gone", get().Reason)
	on(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.Enable("whk_1") })
	require.True(t, get().Enabled)
	raw, err := json.Marshal(get())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "secret:", "no reference into the vault reaches the API")

	on(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.Delete("whk_1") })
	_, err = w.Webhook(w.ctx, w.org, "whk_1")
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	all, next, err := w.Webhooks(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, all, 1)

	trail, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{})
	require.NoError(t, err)
	var said []string
	for _, a := range trail {
		said = append(said, a.Summary)
	}
	require.Equal(t, []string{
		"Webhook Chat was deleted.", "Webhook Chat was enabled.", "Webhook Chat was disabled: gone.", "Webhook Chat got a new secret.",
		"Webhook Chat was changed.", "Webhook a.example.com was created.", "Webhook a.example.com was created.",
	}, said)
}
