package service

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/mask"
	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// inspector is a runtime that knows the processes of its replicas.
type inspector interface {
	Processes(ctx context.Context, name string) ([]int, error)
}

// listeners are what a replica's processes listen on; known is false where nobody can tell.
func listeners(ctx context.Context, r replica.Replica) (found []netip.AddrPort, known bool) {
	i, can := r.Runtime.(inspector)
	if !can {
		return nil, false
	}
	pids, err := i.Processes(ctx, r.Name)
	if err != nil {
		return nil, false
	}
	return probe.Listening(pids), true
}

// portOf is the port that the program was told to listen on.
func portOf(g gate, r replica.Replica) int {
	if at, err := netip.ParseAddrPort(r.Address); err == nil && r.Runtime.Name() == "process" {
		return int(at.Port())
	}
	return g.spec.Start.Port
}

// weigh finds out whether waiting is hopeless: every replica that did not pass says that the path is not there, or listens
// elsewhere. What is hopeless for a moment may be a program that still boots.
func (k *Keeper) weigh(ctx context.Context, g gate, f *finding, list []replica.Replica, outcomes map[string]probe.Outcome) {
	hopeless := len(outcomes) > 0
	for _, r := range list {
		o, asked := outcomes[r.Name]
		switch {
		case !asked:
		case o.OK:
			hopeless = false
		case o.Status == http.StatusNotFound:
		case o.Silent && r.Address != "":
			found, known := listeners(ctx, r)
			hopeless = hopeless && known && len(found) > 0
		default:
			hopeless = false
		}
	}
	switch {
	case !hopeless:
		f.hopeless = time.Time{}
	case f.hopeless.IsZero():
		f.hopeless = time.Now()
	}
}

// verdict says why the gate was not passed, with all that is known of the replica that failed, and how to mend it.
func (k *Keeper) verdict(ctx context.Context, g gate, f *finding, waited time.Duration) error {
	list, err := k.runtimes.Of(ctx, g.health.Owner.Service, g.health.Release)
	if err != nil {
		return err
	}
	waited = waited.Round(time.Second)
	for _, r := range list {
		o, asked := f.last[r.Name]
		if !asked || o.OK || !g.counts(r) {
			continue
		}
		var b strings.Builder
		code := runtime.CodeUnhealthy
		port := portOf(g, r)
		where := ""
		if found, known := listeners(ctx, r); known {
			where = probe.Where(found, port, r.Runtime.Name() == "process")
		}
		host := g.health.Host
		if host == "" {
			host = r.Address
		}
		if !f.answered[r.Name] {
			code = runtime.CodeNoPort
			fmt.Fprintf(&b, "nothing answers on port %d in replica %d: GET http://%s%s (Host: %s): %s, %d attempts in %s",
				port, r.Labels.Replica, r.Address, o.Path, host, o.Note, f.attempts, waited)
		} else {
			fmt.Fprintf(&b, "replica %d never passed its health check: GET http://%s%s (Host: %s): %s, %d attempts in %s",
				r.Labels.Replica, r.Address, o.Path, host, o.Note, f.attempts, waited)
		}
		if where != "" {
			b.WriteString("; " + where)
		}
		b.WriteString(". " + g.mend(code, r))
		if lines := logs.Last(ctx, r, 10); len(lines) > 0 {
			b.WriteString("\nIt last said:\n" + strings.Join(lines, "\n"))
		}
		return &runtime.Error{Code: code, Message: mask.Of(g.spec.Start.Env, mask.Variables).Hide(b.String())}
	}
	return &runtime.Error{Code: runtime.CodeCrashed,
		Message: fmt.Sprintf("not all replicas of the release were there within %s", waited)}
}

// mend is what to do, with the lines of syntra.yaml where they do it.
func (g gate) mend(code string, r replica.Replica) string {
	switch {
	case code == runtime.CodeNoPort && r.Runtime.Name() == "process":
		return "Make the program listen on the port in $PORT, and on the address in $HOST or 0.0.0.0"
	case code == runtime.CodeNoPort:
		return "Make the program listen on 0.0.0.0 and the port in $PORT, or say its port in syntra.yaml:\nrun:\n  port: 3000"
	}
	return "Mend it, or say in syntra.yaml which path answers 2xx or 3xx when the program is ready:\nhealth:\n  path: /"
}
