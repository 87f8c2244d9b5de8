package syntra

import "context"

// pageSize is how many rows a whole list asks for at a time: the most that a page may have.
var pageSize int64 = 200

// all reads a list to its last page.
func all[T any](read func(cursor *string) (items []T, next *string, err error)) ([]T, error) {
	rows := []T{}
	for cursor := (*string)(nil); ; {
		items, next, err := read(cursor)
		if err != nil {
			return nil, err
		}
		rows = append(rows, items...)
		if next == nil || *next == "" {
			return rows, nil
		}
		cursor = next
	}
}

// AllServices returns every service of the organization, or of a project where its id is given.
func (a *API) AllServices(ctx context.Context, projectID string) ([]Service, error) {
	params := ListServicesParams{Limit: &pageSize}
	if projectID != "" {
		params.Project = &projectID
	}
	return all(func(cursor *string) ([]Service, *string, error) {
		params.Cursor = cursor
		page, err := Read[PageService](a.ListServices(ctx, &params))
		return page.Items, page.NextCursor, err
	})
}

// AllDeployments returns every deployment that the parameters ask for, newest first.
func (a *API) AllDeployments(ctx context.Context, params ListDeploymentsParams) ([]Deployment, error) {
	params.Limit = &pageSize
	return all(func(cursor *string) ([]Deployment, *string, error) {
		params.Cursor = cursor
		page, err := Read[PageDeployment](a.ListDeployments(ctx, &params))
		return page.Items, page.NextCursor, err
	})
}

// AllProjects returns every project of the organization.
func (a *API) AllProjects(ctx context.Context) ([]Project, error) {
	return all(func(cursor *string) ([]Project, *string, error) {
		page, err := Read[PageProject](a.ListProjects(ctx, &ListProjectsParams{Limit: &pageSize, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
}

// AllServers returns every server of the organization.
func (a *API) AllServers(ctx context.Context) ([]Server, error) {
	return all(func(cursor *string) ([]Server, *string, error) {
		page, err := Read[PageServer](a.ListServers(ctx, &ListServersParams{Limit: &pageSize, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
}

// AllMembers returns every member of the organization.
func (a *API) AllMembers(ctx context.Context) ([]Member, error) {
	return all(func(cursor *string) ([]Member, *string, error) {
		page, err := Read[PageMember](a.ListMembers(ctx, &ListMembersParams{Limit: &pageSize, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
}

// AllInvitations returns every open invitation of the organization.
func (a *API) AllInvitations(ctx context.Context) ([]Invitation, error) {
	return all(func(cursor *string) ([]Invitation, *string, error) {
		params := &ListInvitationsParams{Limit: &pageSize, Cursor: cursor}
		page, err := Read[PageInvitation](a.ListInvitations(ctx, params))
		return page.Items, page.NextCursor, err
	})
}

// AllTokens returns every token and session of the user in the organization.
func (a *API) AllTokens(ctx context.Context) ([]Token, error) {
	return all(func(cursor *string) ([]Token, *string, error) {
		page, err := Read[PageToken](a.ListTokens(ctx, &ListTokensParams{Limit: &pageSize, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
}
