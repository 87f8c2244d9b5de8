package user_test

import (
	"strings"
	"testing"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
)

func TestUser(t *testing.T) {
	t.Parallel()
	type (
		U = user.User
		E = []domain.Event
	)
	registered := user.Registered{UserID: "usr_1"}
	token := user.TokenIssued{TokenID: "tok_1", OrganizationID: "org_1", UserID: "usr_1", Kind: user.APIToken, Name: "ci", Prefix: "syn_abc", Hash: "00ff", Role: organization.Developer}
	issue := func(change func(*user.TokenIssued)) func(*U) (E, error) {
		given := token
		given.UserID = "usr_somebody_else"
		change(&given)
		return func(u *U) (E, error) { return u.IssueToken(given) }
	}
	revoke := func(u *U) (E, error) { return u.RevokeToken("tok_1") }
	session := func(id string) user.TokenIssued {
		s := token
		s.TokenID, s.Kind = id, user.Session
		return s
	}
	sessionWithoutRole := session("tok_s")
	sessionWithoutRole.Role = ""
	Run(t, map[string]Case[U]{
		"registers":                    {When: func(u *U) (E, error) { return u.Register("usr_1") }, Then: E{registered}},
		"registers once":               {Given: E{registered}, When: func(u *U) (E, error) { return u.Register("usr_1") }, Refused: domain.Conflict},
		"gets tokens in the own name":  {Given: E{registered}, When: issue(func(*user.TokenIssued) {}), Then: E{token}},
		"gets sessions without a role": {Given: E{registered}, When: func(u *U) (E, error) { return u.IssueToken(session("tok_s")) }, Then: E{sessionWithoutRole}},
		"must exist to get a token":    {When: issue(func(*user.TokenIssued) {}), Refused: domain.NotFound},
		"gets a token of a known role": {Given: E{registered}, When: issue(func(t *user.TokenIssued) { t.Role = "god" }), Refused: domain.Invalid, Saying: "god"},
		"gets a token with a name":     {Given: E{registered}, When: issue(func(t *user.TokenIssued) { t.Name = "" }), Refused: domain.Invalid},
		"gets a token of a short name": {Given: E{registered}, When: issue(func(t *user.TokenIssued) { t.Name = strings.Repeat("x", 101) }), Refused: domain.Invalid},
		"ends a token":                 {Given: E{registered, token}, When: revoke, Then: E{user.TokenRevoked{TokenID: "tok_1"}}},
		"ends a token once":            {Given: E{registered, token, user.TokenRevoked{TokenID: "tok_1"}}, When: revoke},
		"changes the password, which ends other sessions": {
			Given: E{registered, token, session("tok_b"), session("tok_a"), session("tok_here")},
			When:  func(u *U) (E, error) { return u.ChangePassword("tok_here") },
			Then:  E{user.PasswordChanged{}, user.TokenRevoked{TokenID: "tok_a"}, user.TokenRevoked{TokenID: "tok_b"}},
		},
		"must exist to change a password": {When: func(u *U) (E, error) { return u.ChangePassword("") }, Refused: domain.NotFound},
		"ends no foreign token":           {Given: E{registered}, When: revoke},
	})
}
