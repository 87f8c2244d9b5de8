package projections

import (
	"context"
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

// TokenIdentity is who a token speaks for. Role is the weaker of the token's own and its user's in the organization.
type TokenIdentity struct {
	TokenID, UserID, Organization string
	Role                          organization.Role
	Kind                          user.TokenKind
	ExpiresAt                     time.Time // zero: never; to be checked by the caller, who has the clock
}

// tokenRow adds the SHA-256 that opens it and the role that its user has now.
type tokenRow struct {
	Token
	Hash       string            `json:"hash"`
	MemberRole organization.Role `json:"member_role"`
}

type memberRow struct {
	Role organization.Role `json:"role"`
}

var (
	tokens = Table[tokenRow]{
		Name: "token", Keys: []string{"user_id", "hash"},
		Indexes: []string{"(user_id, id)"},
		Visible: []string{"hash = " + setting(settingTokenHash)},
	}
	// tokenMembers has ids of the form <organization id>/<user id>.
	tokenMembers = Table[memberRow]{Name: "token_member", Internal: true}
)

func tokenModel() Model {
	return Model{Name: "token", Version: 2, Tables: []schema{tokens, tokenMembers}, Handlers: []Handler{
		on(func(ctx context.Context, b *Batch, e Event[organization.Created]) error {
			return setMember(ctx, b, e.Fact.OwnerID, e, organization.Owner)
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberAdded]) error {
			return setMember(ctx, b, e.Fact.UserID, e, e.Fact.Role)
		}),
		on(func(ctx context.Context, b *Batch, e Event[organization.MemberRoleChanged]) error {
			return setMember(ctx, b, e.Fact.UserID, e, e.Fact.Role)
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
		row.MemberRole = member.Role
	}
	tokens.Insert(b, at, f.TokenID, row)
	return err
}

// setMember notes a user's role in the organization of an event, and on the tokens that the user has there.
func setMember[F domain.Event](ctx context.Context, b *Batch, userID string, e Event[F], role organization.Role) error {
	tokenMembers.Insert(b, e.Recorded, e.Subject()+"/"+userID, memberRow{role})
	ids, err := tokensOf(ctx, b, userID, e.Subject())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := tokens.Edit(ctx, b, id, func(t *tokenRow) { t.MemberRole = role }); err != nil {
			return err
		}
	}
	return nil
}

// tokensOf answers the ids of a user's tokens in an organization.
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
	rows, next, err := ordered(ctx, q, org, tokens, byID, map[string]string{"user_id": userID}, page)
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = r.Token
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
	if hash == "" || len(rows) == 0 || !rows[0].doc.MemberRole.Valid() {
		return TokenIdentity{}, domain.Errorf(domain.Unauthorized, "the token is not valid: log in again or use another token").WithReason("bad_token")
	}
	row := rows[0].doc
	identity := TokenIdentity{
		TokenID: row.ID, UserID: row.UserID, Organization: rows[0].org, Kind: user.TokenKind(row.Kind), Role: organization.Role(row.Role),
	}
	if identity.Role.AtLeast(row.MemberRole) {
		identity.Role = row.MemberRole
	}
	if row.ExpiresAt != nil {
		identity.ExpiresAt = *row.ExpiresAt
	}
	return identity, nil
}
