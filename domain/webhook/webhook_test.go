package webhook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/webhook"
)

type (
	S = webhook.Webhooks
	E = []domain.Event
)

var (
	now     = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	draft   = webhook.Draft{ID: "whk_1", ProjectID: "prj_1", Name: "Chat", Host: "chat.example.com", Events: []string{webhook.DeploymentFailed}}
	created = webhook.Created{
		WebhookID: "whk_1",
		ProjectID: "prj_1",
		Name:      "Chat",
		Host:      "chat.example.com",
		Events:    []string{webhook.DeploymentFailed},
		URL:       "secret:url@1",
		Secret:    "secret:signing@1",
	}
	rotated = webhook.SecretRotated{
		WebhookID: "whk_1", Secret: "secret:signing@2", Previous: "secret:signing@1", PreviousUntil: now.Add(24 * time.Hour),
	}
	gone     = webhook.Disabled{WebhookID: "whk_1", Reason: "the receiver answered 410"}
	enabled  = webhook.Enabled{WebhookID: "whk_1"}
	deleted  = webhook.Deleted{WebhookID: "whk_1"}
	renamed  = webhook.Changed{WebhookID: "whk_1", Name: "Pager", Host: created.Host, Events: created.Events, URL: created.URL}
	moved    = webhook.Changed{WebhookID: "whk_1", Name: "Chat", Host: "b.example.com", Events: created.Events, URL: "secret:url@2"}
	movedOn  = webhook.Changed{WebhookID: "whk_1", Name: "Chat", Host: "c.example.com", Events: created.Events, URL: "secret:url@3"}
	twenty   = many(webhook.Limit)
	nineteen = append(many(webhook.Limit), webhook.Deleted{WebhookID: "whk_many_0"})
)

func many(n int) (all E) {
	for i := range n {
		one := created
		one.WebhookID = fmt.Sprintf("whk_many_%d", i)
		all = append(all, one)
	}
	return all
}

func TestAWebhookIsMade(t *testing.T) {
	t.Parallel()
	create := func(change func(*webhook.Draft)) func(*S) (E, error) {
		return func(s *S) (E, error) {
			d := draft
			change(&d)
			return s.Create(d)
		}
	}
	as := func(*webhook.Draft) {}
	choosing := func(events ...string) func(*S) (E, error) {
		return create(func(d *webhook.Draft) { d.Events = events })
	}
	all := created
	all.Events = []string{webhook.All}
	both := created
	both.Events = []string{webhook.DeploymentFailed, webhook.ServerLost}
	Run(t, map[string]Case[S]{
		"for some events":        {When: create(as), Then: E{created}},
		"each event once":        {When: choosing(webhook.ServerLost, webhook.DeploymentFailed, webhook.ServerLost), Then: E{both}},
		"all includes the rest":  {When: choosing(webhook.ServerLost, webhook.All), Then: E{all}},
		"not for nothing":        {When: choosing(), Refused: domain.Invalid, Saying: "at least one event"},
		"not for unknown events": {When: choosing("deployment.begun"), Refused: domain.Invalid, Saying: "no event"},
		"not for test messages":  {When: choosing(webhook.Test), Refused: domain.Invalid, Saying: "no event"},
		"not twice":              {Given: E{created}, When: create(as), Refused: domain.Conflict, Saying: "exists already"},
		"not without a URL":      {When: create(func(d *webhook.Draft) { d.Host = "" }), Refused: domain.Invalid, Saying: "URL"},
		"not with a bad name":    {When: create(func(d *webhook.Draft) { d.Name = "a\nb" }), Refused: domain.Invalid, Saying: "name"},
		"not as the 21st":        {Given: twenty, When: create(as), Refused: domain.Conflict, Saying: "delete one first"},
		"again once one is gone": {Given: nineteen, When: create(as), Then: E{created}},
	})
}

func TestAWebhookIsChanged(t *testing.T) {
	t.Parallel()
	change := func(e webhook.Edit) func(*S) (E, error) { return func(s *S) (E, error) { return s.Change("whk_1", e) } }
	name, same, host, next := "Pager", "Chat", "b.example.com", "c.example.com"
	Run(t, map[string]Case[S]{
		"in its name":             {Given: E{created}, When: change(webhook.Edit{Name: &name}), Then: E{renamed}},
		"not to the same":         {Given: E{created}, When: change(webhook.Edit{Name: &same})},
		"to another URL":          {Given: E{created}, When: change(webhook.Edit{Host: &host}), Then: E{moved}},
		"each under its own name": {Given: E{created, moved}, When: change(webhook.Edit{Host: &next}), Then: E{movedOn}},
		"not to no events":        {Given: E{created}, When: change(webhook.Edit{Events: []string{}}), Refused: domain.Invalid},
		"not where there is none": {When: change(webhook.Edit{Name: &name}), Refused: domain.NotFound, Saying: "whk_1"},
	})
}

func TestASecretIsRotated(t *testing.T) {
	t.Parallel()
	rotate := func(s *S) (E, error) { return s.RotateSecret("whk_1", now) }
	third := webhook.SecretRotated{
		WebhookID: "whk_1", Secret: "secret:signing@3", Previous: "secret:signing@2", PreviousUntil: now.Add(24 * time.Hour),
	}
	Run(t, map[string]Case[S]{
		"to a new one":    {Given: E{created}, When: rotate, Then: E{rotated}},
		"and once more":   {Given: E{created, rotated}, When: rotate, Then: E{third}},
		"not of no":       {When: rotate, Refused: domain.NotFound},
		"not of one gone": {Given: E{created, deleted}, When: rotate, Refused: domain.NotFound},
	})
	w := domain.Fold(&S{}, created, rotated).All[0]
	require.Equal(t, []secret.Ref{"secret:signing@2", "secret:signing@1"}, w.Secrets(now.Add(webhook.Overlap-1)))
	require.Equal(t, []secret.Ref{"secret:signing@2"}, w.Secrets(now.Add(webhook.Overlap)))
}

func TestAWebhookStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	disable := func(s *S) (E, error) { return s.Disable("whk_1", gone.Reason) }
	enable := func(s *S) (E, error) { return s.Enable("whk_1") }
	remove := func(s *S) (E, error) { return s.Delete("whk_1") }
	Run(t, map[string]Case[S]{
		"disabled":                {Given: E{created}, When: disable, Then: E{gone}},
		"disabled once":           {Given: E{created, gone}, When: disable},
		"enabled":                 {Given: E{created, gone}, When: enable, Then: E{enabled}},
		"enabled once":            {Given: E{created}, When: enable},
		"deleted":                 {Given: E{created, gone}, When: remove, Then: E{deleted}},
		"deleted once":            {Given: E{created, deleted}, When: remove, Refused: domain.NotFound},
		"not where there is none": {When: disable, Refused: domain.NotFound},
	})
}

func TestWhatAWebhookIsToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of      webhook.Webhook
		event   string
		project string
		wants   bool
	}{
		"what it chose":                     {webhook.Webhook{Events: []string{webhook.ServerLost}}, webhook.ServerLost, "", true},
		"nothing else":                      {webhook.Webhook{Events: []string{webhook.ServerLost}}, webhook.ServerBack, "", false},
		"everything":                        {webhook.Webhook{Events: []string{webhook.All}}, webhook.ServerBack, "", true},
		"of its project":                    {webhook.Webhook{ProjectID: "prj_1", Events: []string{webhook.All}}, webhook.DeploymentFailed, "prj_1", true},
		"of no other project":               {webhook.Webhook{ProjectID: "prj_1", Events: []string{webhook.All}}, webhook.DeploymentFailed, "prj_2", false},
		"not of the organization":           {webhook.Webhook{ProjectID: "prj_1", Events: []string{webhook.All}}, webhook.ServerLost, "", false},
		"of all projects":                   {webhook.Webhook{Events: []string{webhook.All}}, webhook.DeploymentFailed, "prj_2", true},
		"of nothing while it stands still.": {webhook.Webhook{Events: []string{webhook.All}, Disabled: "by Ada"}, webhook.ServerLost, "", false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.wants, c.of.Wants(c.event, c.project)) })
	}
}
