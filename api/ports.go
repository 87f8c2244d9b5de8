package api

import (
	"context"
	"io"
	"net/http"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/upload"
)

// Runner says how far the read models are, and what changes in them; projections.Runner is it.
type Runner interface {
	// WaitFor returns when all read models hold the position, or ctx ends.
	WaitFor(ctx context.Context, position eventstore.Position) error
	// Subscribe returns every change from now on, until it is called off.
	Subscribe() (<-chan projections.Change, func())
	// ChangesSince returns an organization's changes after a position; not complete where that is too long ago.
	ChangesSince(ctx context.Context, org string, after eventstore.Position) (changes []projections.Change, complete bool, err error)
	// Sound returns why one of these models stands still or is being rebuilt, or nil.
	Sound(models ...string) error
	// Health returns how each model is.
	Health() map[string]projections.ModelHealth
}

// Agents reaches the servers' agents; a hub is it.
type Agents interface {
	// Exec runs a command on a server and answers its exit code.
	Exec(ctx context.Context, serverID string, command wire.Exec, stdin io.Reader, stdout, stderr io.Writer) (int, error)
}

// Vault keeps the values of environments; vault.Vault is it.
type Vault interface {
	Put(ctx context.Context, org, serviceID string, values map[secret.Ref]string) error
}

// Uploads keeps source archives; upload.Store is it.
type Uploads interface {
	Put(ctx context.Context, org string, r io.Reader) (upload.Upload, error)
	Stat(ctx context.Context, org, id string) (upload.Upload, error)
	Sweep(ctx context.Context, used func(ctx context.Context, org, uploadID string) (bool, error)) (int, error)
}

// Outbox keeps messages to receivers outside; notify.Outbox is it.
type Outbox interface {
	Enqueue(ctx context.Context, org string, messages ...notify.New) (ids []string, err error)
	Delivery(ctx context.Context, org, messageID string) (notify.Delivery, error)
	Deliveries(ctx context.Context, org string, q notify.Query) (page []notify.Delivery, next string, err error)
	Redeliver(ctx context.Context, org, messageID string) (notify.Delivery, error)
}

// Check is one part of the platform in /healthz. Probe answers nil, or why the part is unwell in words for an operator
// (no addresses with credentials: the page is public).
type Check struct {
	Name  string
	Probe func(context.Context) error
}

var _ http.Handler = (*API)(nil)
