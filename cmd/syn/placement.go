package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
	"github.com/syntra-dev/syntra/source"
)

func (a *app) moveCommand() *cobra.Command {
	var t target
	var from string
	var to []string
	cmd := &cobra.Command{
		Use:   "move [SERVICE] --to SERVER",
		Short: "Move a service to another server, without a gap",
		Long: `The live release is started on the new server and healthy there before it takes the traffic, and is removed from the old
server afterwards. SERVICE is a service or project/service. Several --to place it on all of them; --from replaces one of
several servers.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(to) == 0 {
				return usageError{fmt.Errorf("say with --to where the service is to run")}
			}
			if len(args) == 1 {
				t.name(args[0])
			}
			api, err := connect()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			svc, err := t.find(ctx, api)
			if err != nil {
				return err
			}
			servers, err := api.AllServers(ctx)
			if err != nil {
				return err
			}
			targets, err := moved(svc.Placement, servers, from, to)
			if err != nil {
				return err
			}
			return a.place(ctx, api, svc, targets)
		},
	}
	t.addFlags(cmd)
	cmd.Flags().StringArrayVar(&to, "to", nil, "server to run on; may be given several times")
	cmd.Flags().StringVar(&from, "from", "", "server to leave, where the service runs on several")
	return cmd
}

// name takes project and service from what a person types: SERVICE or PROJECT/SERVICE.
func (t *target) name(typed string) {
	if project, service, both := strings.Cut(typed, "/"); both {
		t.project, t.service = project, service
	} else {
		t.service = typed
	}
}

// place asks for a placement and follows it to its end.
func (a *app) place(ctx context.Context, api *syntra.API, svc syntra.Service, targets []syntra.TargetInput) error {
	d, err := syntra.Read[syntra.Deployment](api.PlaceService(ctx, svc.Id, nil, syntra.PlaceServiceRequest{Targets: targets}))
	if err != nil {
		return err
	}
	return a.watch(ctx, api, svc, d)
}

// moved returns the targets of a service once it has moved: to the named servers, or with one server replaced by another.
// A server that stays keeps its number of replicas, and so does one that takes the place of a single other.
func moved(now []syntra.Target, servers []syntra.Server, from string, to []string) ([]syntra.TargetInput, error) {
	var wanted []string
	for _, name := range to {
		id, err := serverID(servers, name)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, id)
	}
	if from == "" {
		return retarget(now, wanted), nil
	}
	leave, err := serverID(servers, from)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(now, func(t syntra.Target) bool { return t.Id == leave })
	switch {
	case at < 0:
		return nil, exit{exitMissing, fmt.Errorf("the service does not run on server %q", from)}
	case len(wanted) != 1:
		return nil, usageError{fmt.Errorf("--from replaces one server: give one --to")}
	}
	out := retarget(now, idsOf(now))
	out[at].Id = wanted[0]
	return out, nil
}

func retarget(now []syntra.Target, ids []string) []syntra.TargetInput {
	var out []syntra.TargetInput
	for _, id := range ids {
		t := syntra.TargetInput{Id: id}
		at := slices.IndexFunc(now, func(old syntra.Target) bool { return old.Id == id })
		if at < 0 && len(now) == 1 && len(ids) == 1 {
			at = 0
		}
		if at >= 0 {
			t.Replicas = now[at].Replicas
		}
		out = append(out, t)
	}
	return out
}

func idsOf(targets []syntra.Target) (ids []string) {
	for _, t := range targets {
		ids = append(ids, t.Id)
	}
	return ids
}

// serverID finds a server by its name or id.
func serverID(servers []syntra.Server, name string) (string, error) {
	for _, s := range servers {
		if s.Name == name || s.Id == name {
			return s.Id, nil
		}
	}
	return "", exit{exitMissing, fmt.Errorf("there is no server %q: see `syn server list`", name)}
}

// filed returns the targets that a syntra.yaml names.
func filed(file []source.Target, servers []syntra.Server) ([]syntra.TargetInput, error) {
	var out []syntra.TargetInput
	for _, t := range file {
		id, err := serverID(servers, t.Server)
		if err != nil {
			return nil, err
		}
		input := syntra.TargetInput{Id: id}
		if t.Replicas > 0 {
			input.Replicas = new(int64(t.Replicas))
		}
		out = append(out, input)
	}
	return out, nil
}

// sameTargets reports whether a service is placed like that.
func sameTargets(now []syntra.Target, targets []syntra.TargetInput) bool {
	return slices.EqualFunc(now, targets, func(a syntra.Target, b syntra.TargetInput) bool {
		return a.Id == b.Id && replicasOr(a.Replicas, 0) == replicasOr(b.Replicas, 0)
	})
}

func replicasOr(n *int64, otherwise int64) int64 {
	if n == nil || *n == 0 {
		return otherwise
	}
	return *n
}

// placementText tells where a service runs: "fra-1 ×2, ams-1".
func placementText(s syntra.Service, servers []syntra.Server) string {
	var out []string
	for _, t := range s.Placement {
		name := t.Id
		for _, server := range servers {
			if server.Id == t.Id {
				name = server.Name
			}
		}
		if n := replicasOr(t.Replicas, s.Replicas); n != 1 {
			name += fmt.Sprintf(" ×%d", n)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}
