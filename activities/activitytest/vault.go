package activitytest

import (
	"context"
	"fmt"
	"sync"

	"github.com/syntra-dev/syntra/domain/secret"
)

// Vault holds values in the clear.
type Vault struct {
	mu     sync.Mutex
	values map[secret.Ref]string
}

func (v *Vault) put(ref secret.Ref, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.values == nil {
		v.values = map[secret.Ref]string{}
	}
	v.values[ref] = value
}

// Get opens references.
func (v *Vault) Get(_ context.Context, _, _ string, refs map[string]secret.Ref) (map[string]string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := map[string]string{}
	for name, ref := range refs {
		value, has := v.values[ref]
		if !has {
			return nil, fmt.Errorf("no value for %s", ref)
		}
		out[name] = value
	}
	return out, nil
}
