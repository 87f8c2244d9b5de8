package api

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// Server is a server with what its agent measures now.
type Server struct {
	projections.Server
	Live *Live `json:"live,omitempty" doc:"The last heartbeat, while the agent is online."`
}

// NewServer is a server with the token that its agent joins with, which is shown once.
type NewServer struct {
	Server
	Token   string `json:"token" doc:"The join token. It is shown this once, and good for one agent." example:"syj_…"`
	Command string `json:"command" doc:"Run it on the server." example:"syntra agent --url https://syntra.example.com --token syj_…"`
}

func (a *API) listServers(ctx context.Context, in *Paging) (*answer[Page[Server]], error) {
	org := identityOf(ctx).Organization
	rows, next, err := a.Queries.Servers(ctx, org, in.request())
	if err != nil {
		return nil, err
	}
	live, err := a.liveServers(ctx, org)
	if err != nil {
		return nil, err
	}
	out := make([]Server, len(rows))
	for i, r := range rows {
		out[i] = Server{Server: r, Live: live[r.ID]}
	}
	return &answer[Page[Server]]{Body: page(out, next)}, nil
}

func (a *API) getServer(ctx context.Context, in *ByID) (*answer[Server], error) {
	org := identityOf(ctx).Organization
	row, err := a.Queries.Server(ctx, org, in.ID)
	if err != nil {
		return nil, err
	}
	live, err := a.liveServers(ctx, org)
	if err != nil {
		return nil, err
	}
	return &answer[Server]{Body: Server{Server: row, Live: live[row.ID]}}, nil
}

type createServerInput struct {
	Origin origin
	Body   struct {
		Name string `json:"name" minLength:"1" maxLength:"30" doc:"Lower-case letters, digits and inner hyphens." example:"web-1"`
	}
}

func (a *API) createServer(ctx context.Context, in *createServerInput) (*written[NewServer], error) {
	who := identityOf(ctx)
	if err := domain.CheckSlug("server", in.Body.Name); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	serverID, taken := id.Derived(id.Server, cmd.ID), name{reservation.ServerName, who.Organization + "/" + in.Body.Name}
	if made, err := a.exists(ctx, server.Stream(serverID)); err != nil {
		return nil, err
	} else if made {
		return nil, shownOnce("join token")
	}
	fresh, err := a.reserve(ctx, cmd, serverID, taken)
	if err != nil {
		return nil, err
	}
	join := account.NewToken(account.JoinPrefix)
	res, err := eventstore.Execute(ctx, a.Log, server.Stream(serverID), cmd, func(s *server.Server) ([]domain.Event, error) {
		return s.Register(serverID, in.Body.Name, join.Prefix, join.Hash)
	})
	if err != nil {
		a.giveBack(ctx, cmd, serverID, fresh...)
		return nil, err
	}
	if res.Repeated {
		return nil, shownOnce("join token")
	}
	return a.newServer(ctx, res, serverID, join, in.Origin)
}

func (a *API) newServer(ctx context.Context, res eventstore.Result, serverID string, join account.Token, from origin) (*written[NewServer], error) {
	org := identityOf(ctx).Organization
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Server, error) {
		return a.Queries.Server(ctx, org, serverID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, NewServer{
		Server: Server{Server: row}, Token: join.Value,
		Command: fmt.Sprintf("syntra agent --url %s --token %s", a.publicURL(from), join.Value),
	}), nil
}

type createServerTokenInput struct {
	ByID
	Origin origin
}

func (a *API) createServerToken(ctx context.Context, in *createServerTokenInput) (*written[NewServer], error) {
	if _, err := load[server.Server](ctx, a, "server "+in.ID, server.Stream(in.ID)); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	join := account.NewToken(account.JoinPrefix)
	res, err := eventstore.Execute(ctx, a.Log, server.Stream(in.ID), cmd, func(s *server.Server) ([]domain.Event, error) {
		return s.IssueJoinToken(join.Prefix, join.Hash)
	})
	if err != nil {
		return nil, err
	}
	if res.Repeated {
		return nil, shownOnce("join token")
	}
	return a.newServer(ctx, res, in.ID, join, in.Origin)
}

func (a *API) deleteServer(ctx context.Context, in *ByID) (*done, error) {
	who := identityOf(ctx)
	s, err := load[server.Server](ctx, a, "server "+in.ID, server.Stream(in.ID))
	if err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	member, err := a.firstMember(ctx, cmd, server.Stream(in.ID), s.Services, func(serviceID string) error {
		return a.leaveServer(ctx, cmd, in.ID, serviceID)
	})
	if err != nil {
		return nil, err
	}
	if member != nil {
		of, err := load[project.Project](ctx, a, "project "+member.ProjectID, project.Stream(member.ProjectID))
		if err != nil {
			return nil, err
		}
		return nil, domain.Errorf(domain.Conflict, "services run on server %q, such as %s/%s: move or delete them first",
			s.Name, of.Slug, member.Slug).WithReason("server_in_use")
	}
	res, err := eventstore.Execute(ctx, a.Log, server.Stream(in.ID), cmd, func(s *server.Server) ([]domain.Event, error) {
		return s.Remove()
	})
	if err != nil {
		return nil, err
	}
	if err := a.release(ctx, cmd, in.ID, name{reservation.ServerName, who.Organization + "/" + s.Name}); err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}
