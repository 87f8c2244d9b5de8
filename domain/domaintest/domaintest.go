// Package domaintest states what an aggregate decides: given events, when a command, then events or a refusal.
package domaintest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
)

// Case is one decision of an aggregate with state *S.
type Case[S any] struct {
	Given []domain.Event
	When  func(*S) ([]domain.Event, error)
	// Then are the events; empty where the command changes nothing.
	Then []domain.Event
	// Refused is the code of the refusal, where there is one, and Saying a part of its message.
	Refused domain.Code
	Saying  string
}

// Run checks every case, and that applying what was decided does not fail.
func Run[S any, P interface {
	*S
	domain.Aggregate
}](t *testing.T, cases map[string]Case[S]) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			state := domain.Fold(P(new(S)), c.Given...)
			events, err := c.When((*S)(state))
			if c.Refused != "" {
				require.Error(t, err)
				require.Equal(t, c.Refused, domain.CodeOf(err), err.Error())
				require.Contains(t, err.Error(), c.Saying)
				require.Empty(t, events)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.Then, events)
			domain.Fold(state, events...)
		})
	}
}
