package projections

import (
	"context"
	"strings"

	"github.com/syntra-dev/syntra/domain"
)

// ProjectOf returns the project that a row of a read model belongs to. Rows that belong to no project, such as a
// server's, are NotFound as those are that do not exist.
func (q *Queries) ProjectOf(ctx context.Context, org, model, id string) (string, error) {
	const byID = `WHERE org_id = $1 AND id = $2`
	switch model {
	case "project":
		row, err := one(ctx, q, org, projects, "project", id, byID, org, id)
		return row.ID, err
	case "service":
		row, err := one(ctx, q, org, services, "service", id, byID, org, id)
		return row.ProjectID, err
	case "deployment":
		row, err := one(ctx, q, org, deployments, "deployment", id, byID, org, id)
		return row.ProjectID, err
	case "approval":
		row, err := one(ctx, q, org, approvals, "approval", id, byID, org, id)
		return row.ProjectID, err
	case "release":
		row, err := one(ctx, q, org, releases, "release", id, byID, org, id)
		if err != nil {
			return "", err
		}
		return q.ProjectOf(ctx, org, "service", row.ServiceID)
	case "operation":
		row, err := one(ctx, q, org, operations, "operation", id, byID, org, id)
		if err != nil {
			return "", err
		}
		return q.ProjectOf(ctx, org, "service", row.ServiceID)
	case "variable":
		service, _, _ := strings.Cut(id, "/")
		return q.ProjectOf(ctx, org, "service", service)
	case "activity":
		row, err := one(ctx, q, org, activities, "activity", id, byID, org, id)
		if err == nil && row.ProjectID != "" {
			return row.ProjectID, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", domain.Errorf(domain.NotFound, "%s %q belongs to no project", model, id)
}
