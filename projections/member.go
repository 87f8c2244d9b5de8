package projections

import (
	"context"
	"maps"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
)

// Member is a user in an organization.
type Member struct {
	UserID   string                       `json:"user_id"`
	Role     organization.Role            `json:"role"`
	Projects map[string]organization.Role `json:"projects"` // roles in single projects, by project id
	Since    time.Time                    `json:"since"`
}

// Membership is an organization that a user belongs to.
type Membership struct {
	Organization string // its id
	Slug, Name   string
	Role         organization.Role
}

// Invitation is one that is open. It may have expired: the caller has the clock.
type Invitation struct {
	ID        string                       `json:"id"`
	Role      organization.Role            `json:"role"`
	Projects  map[string]organization.Role `json:"projects"`
	InvitedBy string                       `json:"invited_by"` // a member's user id
	CreatedAt time.Time                    `json:"created_at"`
	ExpiresAt time.Time                    `json:"expires_at"`
}

type memberRow struct {
	Member
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type organizationName struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

var (
	// members has ids of the form <organization id>/<user id>.
	members = Table[memberRow]{
		Name: "member", Keys: []string{"user_id"}, Indexes: []string{"(org_id, user_id)"},
		Visible: []string{"user_id = " + setting(settingUser)},
	}
	invitations         = Table[Invitation]{Name: "invitation"}
	memberOrganizations = Table[organizationName]{Name: "member_organization", Internal: true}
)

func memberModel() Model {
	return Model{Name: "member", Version: 3, Tables: []schema{members, invitations, memberOrganizations}, Handlers: []Handler{
		on(func(ctx context.Context, b *Batch, e Event[organization.Created]) error {
			memberOrganizations.Insert(b, e.Recorded, e.Subject(), organizationName{e.Fact.Slug, e.Fact.Name})
			return addMember(ctx, b, e, e.Fact.OwnerID, organization.Owner)
		}),
		on(renameOrganization),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberAdded]) error {
			return addMember(ctx, b, e, e.Fact.UserID, e.Fact.Role)
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberRoleChanged]) error {
			return members.Edit(ctx, b, e.Subject()+"/"+e.Fact.UserID, func(m *memberRow) { m.Role = e.Fact.Role })
		}),
		on(func(_ context.Context, b *Batch, e Event[organization.MemberRemoved]) error {
			members.Delete(b, e.Subject()+"/"+e.Fact.UserID)
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.ProjectRoleGiven]) error {
			return members.Edit(ctx, b, e.Subject()+"/"+e.Fact.UserID, func(m *memberRow) { m.Projects[e.Fact.ProjectID] = e.Fact.Role })
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.ProjectRoleTaken]) error {
			return members.Edit(ctx, b, e.Subject()+"/"+e.Fact.UserID, func(m *memberRow) { delete(m.Projects, e.Fact.ProjectID) })
		}),
		on(func(_ context.Context, b *Batch, e Event[organization.Invited]) error {
			f := e.Fact
			row := Invitation{
				ID: f.InvitationID, Role: f.Role, Projects: map[string]organization.Role{}, InvitedBy: f.InvitedBy,
				CreatedAt: e.At, ExpiresAt: f.ExpiresAt,
			}
			maps.Copy(row.Projects, f.Projects)
			invitations.Insert(b, e.Recorded, f.InvitationID, row)
			return nil
		}),
		on(func(_ context.Context, b *Batch, e Event[organization.InvitationAccepted]) error {
			invitations.Delete(b, e.Fact.InvitationID)
			return nil
		}),
		on(func(_ context.Context, b *Batch, e Event[organization.InvitationRevoked]) error {
			invitations.Delete(b, e.Fact.InvitationID)
			return nil
		}),
		on(func(_ context.Context, b *Batch, e Event[organization.InvitationExpired]) error {
			invitations.Delete(b, e.Fact.InvitationID)
			return nil
		}),
	}}
}

func addMember[F domain.Event](ctx context.Context, b *Batch, e Event[F], userID string, role organization.Role) error {
	row := memberRow{Member: Member{UserID: userID, Role: role, Projects: map[string]organization.Role{}, Since: e.At}}
	of, err := memberOrganizations.Get(ctx, b, e.Subject())
	if of != nil {
		row.Slug, row.Name = of.Slug, of.Name
	}
	members.Insert(b, e.Recorded, e.Subject()+"/"+userID, row)
	return err
}

// renameOrganization notes the name on the organization and on each membership in it.
func renameOrganization(ctx context.Context, b *Batch, e Event[organization.Renamed]) error {
	err := memberOrganizations.Edit(ctx, b, e.Subject(), func(o *organizationName) { o.Name = e.Fact.Name })
	if err != nil {
		return err
	}
	ids, err := members.Where(ctx, b, "org_id", e.Subject())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := members.Edit(ctx, b, id, func(m *memberRow) { m.Name = e.Fact.Name }); err != nil {
			return err
		}
	}
	return nil
}

var byUser = order[memberRow]{[]string{"user_id"}, func(m memberRow) []string { return []string{m.UserID} }}

// Members returns a page of an organization's members, the oldest accounts first.
func (q *Queries) Members(ctx context.Context, org string, page PageRequest) ([]Member, string, error) {
	rows, next, err := ordered(ctx, q, org, members, byUser, nil, page)
	out := make([]Member, len(rows))
	for i, r := range rows {
		out[i] = r.Member
	}
	return out, next, err
}

// Member returns one member of an organization.
func (q *Queries) Member(ctx context.Context, org, userID string) (Member, error) {
	row, err := one(ctx, q, org, members, "member", userID, `WHERE org_id = $1 AND user_id = $2`, org, userID)
	return row.Member, err
}

// Memberships returns all organizations that a user belongs to, by slug.
func (q *Queries) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	rows, err := selectRows(ctx, q, scope{settingUser, userID}, members, `WHERE user_id = $1 ORDER BY slug`, userID)
	out := make([]Membership, len(rows))
	for i, r := range rows {
		out[i] = Membership{Organization: r.org, Slug: r.doc.Slug, Name: r.doc.Name, Role: r.doc.Role}
	}
	return out, err
}

// Invitations returns a page of an organization's open invitations, newest first.
func (q *Queries) Invitations(ctx context.Context, org string, page PageRequest) ([]Invitation, string, error) {
	return pageOf(ctx, q, org, invitations, nil, page.Limit, page.Cursor)
}
