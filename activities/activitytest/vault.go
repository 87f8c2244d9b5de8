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
	values map[string]string // by service and reference
}

func (v *Vault) put(serviceID string, ref secret.Ref, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.values == nil {
		v.values = map[string]string{}
	}
	v.values[serviceID+" "+string(ref)] = value
}

// Get opens references.
func (v *Vault) Get(_ context.Context, _, serviceID string, refs map[string]secret.Ref) (map[string]string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := map[string]string{}
	for name, ref := range refs {
		value, has := v.values[serviceID+" "+string(ref)]
		if !has {
			return nil, fmt.Errorf("no value for %s", ref)
		}
		out[name] = value
	}
	return out, nil
}
