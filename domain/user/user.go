// Package user is a person's identity and API tokens. E-mail, name and password live outside the log
// (package account): personal data must stay erasable.
package user

import (
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
)

// Stream names the user's stream.
func Stream(id string) string { return "user-" + id }

// TokenKind separates tokens a person made from those a login made.
type TokenKind string

const (
	APIToken TokenKind = "api"
	Session  TokenKind = "session"
)

// Registered opens the account.
type Registered struct {
	UserID string `json:"user_id"`
}

// TokenIssued makes a bearer token valid. Hash is the SHA-256 (hex) of a 256-bit random token, Prefix its visible start.
// Role is the most that the token may do, in the organization and in each project; a session has none, for it may do
// what its user may do.
type TokenIssued struct {
	TokenID        string            `json:"token_id"`
	OrganizationID string            `json:"organization_id"`
	UserID         string            `json:"user_id"`
	Kind           TokenKind         `json:"kind"`
	Name           string            `json:"name"`
	Prefix         string            `json:"prefix"`
	Hash           string            `json:"hash"`
	Role           organization.Role `json:"role,omitempty"`
	ExpiresAt      time.Time         `json:"expires_at,omitzero"`
}

// TokenRevoked ends a token at once.
type TokenRevoked struct {
	TokenID string `json:"token_id"`
}

// PasswordChanged records that it happened, never the password.
type PasswordChanged struct{}

func (Registered) EventType() string      { return "user.registered" }
func (TokenIssued) EventType() string     { return "user.token_issued" }
func (TokenRevoked) EventType() string    { return "user.token_revoked" }
func (PasswordChanged) EventType() string { return "user.password_changed" }

// User is the state that decisions need.
type User struct {
	ID     string
	Tokens map[string]TokenKind // by id, those that are valid
}

// Apply folds one event.
func (u *User) Apply(e domain.Event) {
	switch e := e.(type) {
	case Registered:
		u.ID, u.Tokens = e.UserID, map[string]TokenKind{}
	case TokenIssued:
		u.Tokens[e.TokenID] = e.Kind
	case TokenRevoked:
		delete(u.Tokens, e.TokenID)
	}
}

// Register opens the account.
func (u *User) Register(userID string) ([]domain.Event, error) {
	if u.ID != "" {
		return nil, domain.Errorf(domain.Conflict, "user %s exists already", userID)
	}
	return []domain.Event{Registered{UserID: userID}}, nil
}

// IssueToken makes t valid for this user.
func (u *User) IssueToken(t TokenIssued) ([]domain.Event, error) {
	if u.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "user %s does not exist", t.UserID)
	}
	if t.Kind == Session {
		t.Role = ""
	} else if !t.Role.Valid() {
		return nil, domain.Errorf(domain.Invalid, "role %q is unknown: use one of owner, admin, developer, viewer, guest", t.Role)
	}
	if t.Name == "" || len(t.Name) > 100 {
		return nil, domain.Errorf(domain.Invalid, "a token needs a name of 1 to 100 characters")
	}
	t.UserID = u.ID
	return []domain.Event{t}, nil
}

// RevokeToken ends a token; ending it twice is fine.
func (u *User) RevokeToken(tokenID string) ([]domain.Event, error) {
	if !u.Has(tokenID) {
		return nil, nil
	}
	return []domain.Event{TokenRevoked{TokenID: tokenID}}, nil
}

// Has reports whether a token is valid, as far as it was not left to expire.
func (u *User) Has(tokenID string) bool {
	_, valid := u.Tokens[tokenID]
	return valid
}

// ChangePassword records that the password was changed, and ends all sessions but one: whoever else logged in with the
// old one is out. API tokens have nothing to do with it.
func (u *User) ChangePassword(keep string) ([]domain.Event, error) {
	if u.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "there is no such user")
	}
	events := []domain.Event{PasswordChanged{}}
	for _, id := range slices.Sorted(maps.Keys(u.Tokens)) {
		if u.Tokens[id] == Session && id != keep {
			events = append(events, TokenRevoked{TokenID: id})
		}
	}
	return events, nil
}
