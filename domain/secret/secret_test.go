package secret_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/secret"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	type (
		V = secret.Environment
		E = []domain.Event
		M = map[string]secret.Ref
	)
	change := func(set, unset []string) func(*V) (E, error) {
		return func(v *V) (E, error) { return v.Change("svc_1", set, unset) }
	}
	first := secret.Changed{ServiceID: "svc_1", Version: 1, Set: M{"A": "secret:A@1", "B": "secret:B@1"}}
	full := secret.Changed{ServiceID: "svc_1", Version: 1, Set: M{}}
	for i := range secret.MaxNames {
		name := fmt.Sprintf("N%d", i)
		full.Set[name] = secret.NewRef(name, 1)
	}
	Run(t, map[string]Case[V]{
		"its first names":                        {When: change([]string{"A", "B"}, nil), Then: E{first}},
		"a new value is a new version":           {Given: E{first}, When: change([]string{"A"}, nil), Then: E{secret.Changed{ServiceID: "svc_1", Version: 2, Set: M{"A": "secret:A@2"}}}},
		"a name is taken away once":              {Given: E{first}, When: change(nil, []string{"B", "B"}), Then: E{secret.Changed{ServiceID: "svc_1", Version: 2, Set: M{}, Unset: []string{"B"}}}},
		"what is not there needs no taking away": {Given: E{first}, When: change(nil, []string{"C"})},
		"setting wins over taking away":          {Given: E{first}, When: change([]string{"A"}, []string{"A"}), Then: E{secret.Changed{ServiceID: "svc_1", Version: 2, Set: M{"A": "secret:A@2"}}}},
		"nothing is nothing":                     {When: change(nil, nil)},
		"no name that a shell cannot hold":       {When: change([]string{"A-B"}, nil), Refused: domain.Invalid, Saying: "A-B"},
		"no name that the platform sets":         {When: change([]string{"PORT"}, nil), Refused: domain.Invalid, Saying: "set by Syntra"},
		"no more names than allowed":             {Given: E{full}, When: change([]string{"ONE_MORE"}, nil), Refused: domain.TooLarge},
		"a full one can still change":            {Given: E{full}, When: change([]string{"N0"}, nil), Then: E{secret.Changed{ServiceID: "svc_1", Version: 2, Set: M{"N0": "secret:N0@2"}}}},
		"a full one can swap": {Given: E{full}, When: change([]string{"NEW"}, []string{"N0"}),
			Then: E{secret.Changed{ServiceID: "svc_1", Version: 2, Set: M{"NEW": "secret:NEW@2"}, Unset: []string{"N0"}}}},
	})
}

func TestEveryVersionStaysReadable(t *testing.T) {
	t.Parallel()
	v := domain.Fold(&secret.Environment{},
		secret.Changed{Version: 1, Set: map[string]secret.Ref{"A": "secret:A@1", "B": "secret:B@1"}},
		secret.Changed{Version: 2, Set: map[string]secret.Ref{"A": "secret:A@2"}, Unset: []string{"B"}},
	)
	require.Empty(t, v.At(0))
	require.Equal(t, map[string]secret.Ref{"A": "secret:A@1", "B": "secret:B@1"}, v.At(1))
	require.Equal(t, map[string]secret.Ref{"A": "secret:A@2"}, v.At(2))
	require.Nil(t, v.At(3))
}

// FuzzNames: what passes can be written in a shell and in an env file.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"A", "_", "a1", "1a", "A=B", "A\n", "Ä", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if secret.CheckName(s) == nil {
			require.False(t, s == "" || strings.ContainsAny(s, "= \n\x00$-") || len(s) > secret.MaxNameLen)
		}
	})
}
