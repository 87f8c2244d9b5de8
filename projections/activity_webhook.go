package projections

import (
	"cmp"
	"fmt"

	"github.com/syntra-dev/syntra/domain/webhook"
)

func webhookStories() []Handler {
	return []Handler{
		tell(func(s *story, f webhook.Created) string {
			s.call(f.WebhookID, cmp.Or(f.Name, f.Host))
			return fmt.Sprintf("Webhook %s was created.", cmp.Or(f.Name, f.Host))
		}),
		tell(func(s *story, f webhook.Changed) string {
			s.call(f.WebhookID, cmp.Or(f.Name, f.Host))
			return fmt.Sprintf("Webhook %s was changed.", cmp.Or(f.Name, f.Host))
		}),
		tell(func(s *story, f webhook.SecretRotated) string {
			return fmt.Sprintf("Webhook %s got a new secret.", s.name(f.WebhookID))
		}),
		tell(func(s *story, f webhook.Disabled) string {
			return fmt.Sprintf("Webhook %s was disabled%s.", s.name(f.WebhookID), because(f.Reason))
		}),
		tell(func(s *story, f webhook.Enabled) string {
			return fmt.Sprintf("Webhook %s was enabled.", s.name(f.WebhookID))
		}),
		tell(func(s *story, f webhook.Deleted) string {
			return fmt.Sprintf("Webhook %s was deleted.", s.name(f.WebhookID))
		}),
	}
}
