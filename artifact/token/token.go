// Package token makes and checks the short-lived tokens that open one repository of the registry. The platform makes
// one for each command to an agent; nothing of them is stored.
package token

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/artifact"
)

// Life is how long a token is good at most. What begins with a token ends before what it touched is garbage: see
// registry.Options.Grace.
const Life = 2 * time.Hour

// purpose binds the passes to what they are for.
const purpose = "artifact registry"

// Passes makes texts that only this installation can make, see vault.Vault.
type Passes interface {
	Pass(purpose string, what []byte) (string, error)
	ReadPass(purpose, pass string) ([]byte, error)
}

// Scope is what a token opens.
type Scope struct {
	artifact.Owner
	// Push allows writing; every token allows reading.
	Push bool `json:"push,omitempty"`
}

type claims struct {
	Scope
	Until time.Time `json:"until"`
}

// Signer makes and checks tokens.
type Signer struct {
	Passes Passes
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Make returns a token that is good for life, at most Life.
func (s *Signer) Make(scope Scope, life time.Duration) (string, error) {
	raw, err := json.Marshal(claims{Scope: scope, Until: s.now().Add(min(life, Life))})
	if err != nil {
		return "", fmt.Errorf("make a registry token: %w", err)
	}
	return s.Passes.Pass(purpose, raw)
}

// Check returns what a token opens. A token that is not good is an *artifact.Error of code Unauthorized.
func (s *Signer) Check(token string) (Scope, error) {
	bad := artifact.Errorf(
		artifact.Unauthorized,
		"the registry does not know this token: let the platform make a new one",
	)
	raw, err := s.Passes.ReadPass(purpose, token)
	if err != nil {
		return Scope{}, bad
	}
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return Scope{}, bad
	}
	if !s.now().Before(c.Until) {
		return Scope{}, artifact.Errorf(
			artifact.Unauthorized,
			"the registry token is over since %s: let the platform make a new one",
			c.Until.UTC().Format(time.RFC3339),
		)
	}
	return c.Scope, nil
}

func (s *Signer) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
