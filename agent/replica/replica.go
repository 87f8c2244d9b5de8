// Package replica is what the runtimes of a server hold, seen as one list.
package replica

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// listTimeout bounds one question to an engine.
const listTimeout = 15 * time.Second

// Replica is an instance and the runtime that holds it.
type Replica struct {
	runtime.Instance
	Runtime runtime.Runtime
}

// Name is the name that runtimes know a replica by.
func Name(service, release string, n int) string {
	return service + "." + release + "." + strconv.Itoa(n)
}

// Runtimes of a server, in the order of preference.
type Runtimes []runtime.Runtime

// All returns what all runtimes hold. A runtime that does not answer makes it fail: what is not seen must not be taken for
// gone.
func (rs Runtimes) All(ctx context.Context) ([]Replica, error) { return rs.prefixed(ctx, "") }

// Of returns a service's replicas, of one release or of all for "", by release and number.
func (rs Runtimes) Of(ctx context.Context, service, release string) ([]Replica, error) {
	prefix := service + "."
	if release != "" {
		prefix += release + "."
	}
	return rs.prefixed(ctx, prefix)
}

func (rs Runtimes) prefixed(ctx context.Context, prefix string) ([]Replica, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	var out []Replica
	for _, rt := range rs {
		list, err := rt.Instances(ctx, prefix)
		if err != nil {
			return nil, fmt.Errorf("%s runtime: list replicas: %w", rt.Name(), err)
		}
		for _, i := range list {
			out = append(out, Replica{i, rt})
		}
	}
	slices.SortFunc(out, func(x, y Replica) int {
		a, b := x.Labels, y.Labels
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Release, b.Release), cmp.Compare(a.Replica, b.Replica))
	})
	return out, nil
}

// Named returns the runtime of a name.
func (rs Runtimes) Named(name string) (runtime.Runtime, error) {
	for _, rt := range rs {
		if rt.Name() == name {
			return rt, nil
		}
	}
	return nil, &runtime.Error{
		Code:    runtime.CodeNoRuntime,
		Message: fmt.Sprintf("this server has no runtime %q (it has: %s)", name, strings.Join(rs.Names(), ", ")),
	}
}

// pingTimeout bounds the question whether an engine is there.
const pingTimeout = 3 * time.Second

// Answering returns the runtimes whose engine answers now.
func (rs Runtimes) Answering(ctx context.Context) []runtime.Runtime {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	var out []runtime.Runtime
	for _, rt := range rs {
		if rt.Ping(ctx) == nil {
			out = append(out, rt)
		}
	}
	return out
}

// Names of the runtimes.
func (rs Runtimes) Names() []string {
	var names []string
	for _, rt := range rs {
		names = append(names, rt.Name())
	}
	return names
}
