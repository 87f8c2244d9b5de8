package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) inviteCommand() *cobra.Command {
	var role string
	var projects []string
	cmd := &cobra.Command{
		Use:   "invite EMAIL",
		Short: "Make a link by which somebody can join the organization",
		Long: `Make a link by which one person can join, within seven days. Syntra sends no mail: send the link yourself.

  syn invite bob@example.com --role developer
  syn invite eve@example.com --role guest --project shop=viewer`,
		Args: func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			body := syntra.CreateInvitationRequest{Email: args[0], Role: syntra.CreateInvitationRequestRole(role)}
			if body.Projects, err = projectRoles(cmd.Context(), api, projects); err != nil {
				return err
			}
			made, err := syntra.Read[syntra.NewInvitation](api.CreateInvitation(cmd.Context(), nil, body))
			if err != nil {
				return err
			}
			a.say("%s can join as %s until %s with this link. Send it yourself: it is shown this once, and no mail is sent.",
				made.Email, made.Role, made.ExpiresAt.Local().Format("2006-01-02 15:04"))
			return a.result(made, func(w io.Writer) { fmt.Fprintln(w, made.Link) })
		},
	}
	cmd.Flags().StringVar(&role, "role", "developer", "owner, admin, developer, viewer or guest")
	cmd.Flags().StringArrayVarP(&projects, "project", "p", nil, "a role in one project besides: PROJECT=ROLE (may be given again)")
	cmd.AddCommand(a.inviteList(), a.inviteRevoke())
	return cmd
}

// projectRoles reads PROJECT=ROLE.
func projectRoles(
	ctx context.Context, api *syntra.API, given []string,
) (*map[string]syntra.CreateInvitationRequestProjects, error) {
	if len(given) == 0 {
		return nil, nil
	}
	roles := map[string]syntra.CreateInvitationRequestProjects{}
	for _, each := range given {
		slug, role, ok := strings.Cut(each, "=")
		if !ok {
			return nil, usageError{fmt.Errorf("--project %q says no role: give it like shop=viewer", each)}
		}
		p, err := mustFindProject(ctx, api, slug)
		if err != nil {
			return nil, err
		}
		roles[p.Id] = syntra.CreateInvitationRequestProjects(role)
	}
	return &roles, nil
}

// mustFindProject returns the project, or says that there is none.
func mustFindProject(ctx context.Context, api *syntra.API, slug string) (syntra.Project, error) {
	p, err := findProject(ctx, api, slug)
	if err == nil && p == nil {
		err = exit{exitMissing, fmt.Errorf("there is no project %q", slug)}
	}
	if err != nil {
		return syntra.Project{}, err
	}
	return *p, nil
}

func (a *app) inviteList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the invitations that nobody has accepted yet",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			open, err := api.AllInvitations(cmd.Context())
			if err != nil {
				return err
			}
			return a.result(open, func(w io.Writer) {
				if len(open) == 0 {
					fmt.Fprintln(w, "No invitation is open.")
					return
				}
				var rows [][]string
				for _, i := range open {
					rows = append(rows, []string{i.Email, string(i.Role), i.InvitedBy.Email, i.ExpiresAt.Local().Format("2006-01-02 15:04"), i.Id})
				}
				table(w, []string{"INVITED", "ROLE", "BY", "EXPIRES", "ID"}, rows)
			})
		},
	}
}

func (a *app) inviteRevoke() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke EMAIL|ID",
		Short: "End an invitation: its link opens nothing any more",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			open, err := api.AllInvitations(cmd.Context())
			if err != nil {
				return err
			}
			var ended []syntra.Invitation
			for _, i := range open {
				if i.Id != args[0] && !strings.EqualFold(i.Email, args[0]) {
					continue
				}
				if _, err := syntra.Read[struct{}](api.DeleteInvitation(cmd.Context(), i.Id, nil)); err != nil {
					return err
				}
				ended = append(ended, i)
			}
			if len(ended) == 0 {
				return exit{exitMissing, errors.New("there is no such invitation: see `syn invite list`")}
			}
			return a.result(ended, func(w io.Writer) { fmt.Fprintf(w, "The invitation of %s is revoked.\n", ended[0].Email) })
		},
	}
}
