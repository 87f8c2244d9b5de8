package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/service"
)

// Variable is a name of a service's environment; its value stays in the vault.
type Variable struct {
	Name      string    `json:"name"`
	Version   int       `json:"version"` // at which it was last set
	UpdatedAt time.Time `json:"updated_at"`
}

type variableRow struct {
	Variable
	ServiceID string `json:"service_id"`
}

// variables has ids of the form <service id>/<name>.
var variables = Table[variableRow]{Name: "variable", Keys: []string{"service_id"}}

func variableModel() Model {
	return Model{Name: "variable", Version: 2, Tables: []schema{variables}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[secret.Changed]) error {
			for name := range e.Fact.Set {
				variables.Insert(b, e.Recorded, e.Fact.ServiceID+"/"+name, variableRow{Variable{name, e.Fact.Version, e.At}, e.Fact.ServiceID})
			}
			for _, name := range e.Fact.Unset {
				variables.Delete(b, e.Fact.ServiceID+"/"+name)
			}
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Deleted]) error {
			ids, err := variables.Where(ctx, b, "service_id", e.Subject())
			for _, id := range ids {
				variables.Delete(b, id)
			}
			return err
		}),
	}}
}

// Variables returns the names of a service's environment, by name.
func (q *Queries) Variables(ctx context.Context, org, serviceID string) ([]Variable, error) {
	rows, err := list(ctx, q, org, variables, `WHERE org_id = $1 AND service_id = $2 ORDER BY id`, org, serviceID)
	out := make([]Variable, len(rows))
	for i, r := range rows {
		out[i] = r.Variable
	}
	return out, err
}
