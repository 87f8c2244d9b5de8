package projections

import (
	"context"
	"maps"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
)

// Token is an API token or session, without its secret.
type Token struct {
	ID        string     `json:"id"`
	UserID    string     `json:"user_id"`
	Kind      string     `json:"kind"`
	Name      string     `json:"name"`
	Prefix    string     `json:"prefix"`
	Role      string     `json:"role"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
}

// TokenIdentity is who a token speaks for.
type TokenIdentity struct {
	TokenID, UserID, Organization string
	// Role is the user's in the organization, as far as the token reaches.
	Role organization.Role
	// Projects are the user's roles in single projects, as far as the token reaches.
	Projects  map[string]organization.Role
	Kind      user.TokenKind
	ExpiresAt time.Time // zero: never; to be checked by the caller, who has the clock
}

// tokenRow adds the SHA-256 that opens it and the roles that its user has now.
type tokenRow struct {
	Token
	Hash   string     `json:"hash"`
	Member memberRole `json:"member"`
}

// memberRole is what a member may do: in the organization, and more in single projects.
type memberRole struct {
	Role     organization.Role            `json:"role"`
	Projects map[string]organization.Role `json:"projects,omitempty"`
}

// with returns a copy that has a role in a project; "" takes it away.
func (m memberRole) with(project string, role organization.Role) memberRole {
	m.Projects = maps.Clone(m.Projects)
	if role == "" {
		delete(m.Projects, project)
		return m
	}
	if m.Projects == nil {
		m.Projects = map[string]organization.Role{}
	}
	m.Projects[project] = role
	return m
}

// limited returns what of it a token may use. A token without a role, which is a session, may use all.
func (m memberRole) limited(token organization.Role) memberRole {
	if token == "" {
		return m
	}
	out := memberRole{Role: organization.Weaker(m.Role, token)}
	for project, role := range m.Projects {
		out = out.with(project, organization.Weaker(role, token))
	}
	return out
}

var (
	tokens = Table[tokenRow]{
		Name: "token", Keys: []string{"user_id", "hash"},
		Indexes: []string{"(user_id, id)"},
		Visible: []string{"hash = " + setting(settingTokenHash)},
	}
	// tokenMembers has ids of the form <organization id>/<user id>.
	tokenMembers = Table[memberRole]{Name: "token_member", Internal: true}
)

func tokenModel() Model {
	return Model{Name: "token", Version: 4, Tables: []schema{tokens, tokenMembers}, Handlers: []Handler{
		on(func(ctx context.Context, b *Batch, e Event[organization.Created]) error {
			return setMember(ctx, b, e.Fact.OwnerID, e, noted(organization.Owner))
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberAdded]) error {
			return setMember(ctx, b, e.Fact.UserID, e, noted(e.Fact.Role))
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberRoleChanged]) error {
			return setMember(ctx, b, e.Fact.UserID, e, noted(e.Fact.Role))
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.ProjectRoleGiven]) error {
			return setMember(ctx, b, e.Fact.UserID, e, func(m memberRole) memberRole { return m.with(e.Fact.ProjectID, e.Fact.Role) })
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.ProjectRoleTaken]) error {
			return setMember(ctx, b, e.Fact.UserID, e, func(m memberRole) memberRole { return m.with(e.Fact.ProjectID, "") })
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberRemoved]) error {
			// Deleted, not emptied: being added again later must not revive them.
			tokenMembers.Delete(b, e.Subject()+"/"+e.Fact.UserID)
			ids, err := tokensOf(ctx, b, e.Fact.UserID, e.Subject())
			for _, id := range ids {
				tokens.Delete(b, id)
			}
			return err
		}),
		on(issueToken),
		on(func(_ context.Context, b *Batch, e Event[user.TokenRevoked]) error {
			tokens.Delete(b, e.Fact.TokenID)
			return nil
		}),
	}}
}

func issueToken(ctx context.Context, b *Batch, e Event[user.TokenIssued]) error {
	f, at := e.Fact, e.Recorded
	at.Meta.Organization = f.OrganizationID // a token belongs to the organization that it opens
	row := tokenRow{Hash: f.Hash, Token: Token{
		ID: f.TokenID, UserID: f.UserID, Kind: string(f.Kind), Name: f.Name, Prefix: f.Prefix, Role: string(f.Role), CreatedAt: e.At,
	}}
	if !f.ExpiresAt.IsZero() {
		row.ExpiresAt = &f.ExpiresAt
	}
	member, err := tokenMembers.Get(ctx, b, f.OrganizationID+"/"+f.UserID)
	if member != nil {
		row.Member = *member
	}
	tokens.Insert(b, at, f.TokenID, row)
	return err
}

// noted returns the change that gives a role in the organization.
func noted(role organization.Role) func(memberRole) memberRole {
	return func(m memberRole) memberRole {
		m.Role = role
		return m
	}
}

// setMember changes what a user may do in the organization of an event, and notes it on the tokens that the user has there.
func setMember[F domain.Event](ctx context.Context, b *Batch, userID string, e Event[F], change func(memberRole) memberRole) error {
	id, member := e.Subject()+"/"+userID, memberRole{}
	before, err := tokenMembers.Get(ctx, b, id)
	if err != nil {
		return err
	}
	if before != nil {
		member = *before
	}
	member = change(member)
	tokenMembers.Insert(b, e.Recorded, id, member)
	ids, err := tokensOf(ctx, b, userID, e.Subject())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := tokens.Edit(ctx, b, id, func(t *tokenRow) { t.Member = member }); err != nil {
			return err
		}
	}
	return nil
}

// tokensOf returns the ids of a user's tokens in an organization.
func tokensOf(ctx context.Context, b *Batch, userID, org string) ([]string, error) {
	ids, err := tokens.Where(ctx, b, "user_id", userID)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range ids {
		r, err := tokens.load(ctx, b, id)
		if err != nil {
			return nil, err
		}
		if r != nil && r.org == org {
			out = append(out, id)
		}
	}
	return out, nil
}

var byID = order[tokenRow]{[]string{"id"}, func(t tokenRow) []string { return []string{t.ID} }}

// Tokens returns a page of a user's tokens and sessions in an organization, oldest first.
func (q *Queries) Tokens(ctx context.Context, org, userID string, page PageRequest) ([]Token, string, error) {
	rows, next, err := ordered(ctx, q, org, tokens, byID, match{{"user_id", userID}}, page)
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = r.Token
		if r.Role == "" { // a session
			out[i].Role = string(r.Member.Role)
		}
	}
	return out, next, err
}

// TokenByHash says who presents a token, given its SHA-256 (hex). Unknown, revoked, or of a user who is no member of
// the organization any more: Unauthorized.
func (q *Queries) TokenByHash(ctx context.Context, hash string) (TokenIdentity, error) {
	rows, err := selectRows(ctx, q, scope{settingTokenHash, hash}, tokens, `WHERE hash = $1`, hash)
	if err != nil {
		return TokenIdentity{}, err
	}
	if hash == "" || len(rows) == 0 || !rows[0].doc.Member.Role.Valid() {
		return TokenIdentity{}, domain.Errorf(domain.Unauthorized, "the token is not valid: log in again or use another token").WithReason("bad_token")
	}
	row := rows[0].doc
	may := row.Member.limited(organization.Role(row.Role))
	identity := TokenIdentity{
		TokenID: row.ID, UserID: row.UserID, Organization: rows[0].org, Kind: user.TokenKind(row.Kind), Role: may.Role, Projects: may.Projects,
	}
	if row.ExpiresAt != nil {
		identity.ExpiresAt = *row.ExpiresAt
	}
	return identity, nil
}
