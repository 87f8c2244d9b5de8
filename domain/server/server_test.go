package server_test

import (
	"fmt"
	"testing"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/server"
)

func TestServer(t *testing.T) {
	t.Parallel()
	type (
		S = server.Server
		E = []domain.Event
	)
	registered := server.Registered{ServerID: "srv_1", Name: "box", JoinPrefix: "syj_a", JoinHash: "join", BuildLimit: server.DefaultBuildLimit}
	enrolled := server.Enrolled{Instance: "one"}
	rotated := func(hash string) domain.Event { return server.CredentialRotated{Hash: hash} }
	admit := func(instance, hash string) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.Admit(instance, hash) }
	}
	rejoin := server.JoinTokenIssued{JoinPrefix: "syj_b", JoinHash: "join2"}
	register := func(name string) func(*S) (E, error) {
		return func(s *S) (E, error) { return s.Register("srv_1", name, "syj_a", "join") }
	}
	placed, unplaced := server.ServicePlaced{ServiceID: "svc_1"}, server.ServiceUnplaced{ServiceID: "svc_1"}
	place := func(s *S) (E, error) { return s.PlaceService("svc_1") }
	unplace := func(s *S) (E, error) { return s.UnplaceService("svc_1") }
	full := E{registered}
	for n := range server.MaxServices {
		full = append(full, server.ServicePlaced{ServiceID: fmt.Sprintf("svc_full_%d", n)})
	}
	Run(t, map[string]Case[S]{
		"is registered":       {When: register("box"), Then: E{registered}},
		"is registered once":  {Given: E{registered}, When: register("box"), Refused: domain.Conflict},
		"has a name for URLs": {When: register("My Box"), Refused: domain.Invalid},

		"binds to the first agent":                                    {Given: E{registered}, When: admit("one", "join"), Then: E{enrolled}},
		"lets the same agent use the join token again":                {Given: E{registered, enrolled}, When: admit("one", "join")},
		"refuses a second agent with the same token":                  {Given: E{registered, enrolled}, When: admit("two", "join"), Refused: domain.Conflict, Saying: "another installation"},
		"refuses an unknown token":                                    {Given: E{registered}, When: admit("one", "guess"), Refused: domain.Unauthorized, Saying: "syn server token box"},
		"refuses an unknown token of the bound agent":                 {Given: E{registered, enrolled}, When: admit("one", "guess"), Refused: domain.Unauthorized},
		"refuses an agent without a token":                            {Given: E{registered}, When: admit("one", ""), Refused: domain.Invalid},
		"refuses an agent without an identity":                        {Given: E{registered}, When: admit("", "join"), Refused: domain.Invalid},
		"admits with the credential":                                  {Given: E{registered, enrolled, rotated("c1")}, When: admit("one", "c1")},
		"admits with the credential before, whose answer may be lost": {Given: E{registered, enrolled, rotated("c1"), rotated("c2")}, When: admit("one", "c1")},
		"forgets the credentials before that":                         {Given: E{registered, enrolled, rotated("c1"), rotated("c2"), rotated("c3")}, When: admit("one", "c1"), Refused: domain.Unauthorized},
		"refuses a stolen credential":                                 {Given: E{registered, enrolled, rotated("c1")}, When: admit("two", "c1"), Refused: domain.Conflict},
		"can be taken over with a new token":                          {Given: E{registered, enrolled, rotated("c1"), rejoin}, When: admit("two", "join2"), Then: E{server.Enrolled{Instance: "two"}}},
		"locks the old agent out then":                                {Given: E{registered, enrolled, rotated("c1"), rejoin}, When: admit("one", "c1"), Refused: domain.Unauthorized},
		"admits nobody once removed":                                  {Given: E{registered, enrolled, server.Removed{}}, When: admit("one", "join"), Refused: domain.NotFound},
		"admits nobody before it exists":                              {When: admit("one", "join"), Refused: domain.NotFound},

		"rotates a credential":          {Given: E{registered}, When: func(s *S) (E, error) { return s.RotateCredential("c1") }, Then: E{rotated("c1")}},
		"issues a token":                {Given: E{registered}, When: func(s *S) (E, error) { return s.IssueJoinToken("syj_b", "join2") }, Then: E{rejoin}},
		"issues no token once removed":  {Given: E{registered, server.Removed{}}, When: func(s *S) (E, error) { return s.IssueJoinToken("syj_b", "join2") }, Refused: domain.NotFound},
		"is removed":                    {Given: E{registered}, When: (*S).Remove, Then: E{server.Removed{}}},
		"takes a service":               {Given: E{registered}, When: place, Then: E{placed}},
		"takes a service once":          {Given: E{registered, placed}, When: place},
		"takes no service once removed": {Given: E{registered, server.Removed{}}, When: place, Refused: domain.NotFound},
		"takes no more than fit":        {Given: full, When: place, Refused: domain.Conflict, Saying: "use another server"},
		"lets a service go":             {Given: E{registered, placed}, When: unplace, Then: E{unplaced}},
		"lets a service go once":        {Given: E{registered, placed, unplaced}, When: unplace},
		"stays while it runs one":       {Given: E{registered, placed}, When: (*S).Remove, Refused: domain.Conflict},
		"is removed after the last": {
			Given: E{registered, placed, unplaced}, When: (*S).Remove, Then: E{server.Removed{}},
		},
		"is removed once":              {Given: E{registered, server.Removed{}}, When: (*S).Remove, Refused: domain.NotFound},
		"rotates nothing once removed": {Given: E{registered, server.Removed{}}, When: func(s *S) (E, error) { return s.RotateCredential("c") }, Refused: domain.NotFound},
	})
}

func TestPresence(t *testing.T) {
	t.Parallel()
	type (
		P = server.Presence
		E = []domain.Event
	)
	connected := server.Connected{Hostname: "box.local", Cores: 4}
	renamed := server.Connected{Hostname: "renamed", Cores: 4}
	connect := func(c server.Connected) func(*P) (E, error) { return func(p *P) (E, error) { return p.Connect(c) } }
	lose := func(p *P) (E, error) { return p.Disconnect("gone") }
	Run(t, map[string]Case[P]{
		"notes its agent":                {When: connect(connected), Then: E{connected}},
		"notes the same host once":       {Given: E{connected}, When: connect(connected)},
		"notes a host that changed":      {Given: E{connected}, When: connect(renamed), Then: E{renamed}},
		"notes an agent that comes back": {Given: E{connected, server.Disconnected{}}, When: connect(connected), Then: E{connected}},
		"notes a lost agent":             {Given: E{connected}, When: lose, Then: E{server.Disconnected{Reason: "gone"}}},
		"notes a lost agent once":        {Given: E{connected, server.Disconnected{}}, When: lose},
	})
}
