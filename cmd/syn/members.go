package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) membersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "members", Short: "List, change and remove members", Args: noArgs, RunE: help}
	cmd.AddCommand(a.membersList(), a.membersSetRole(), a.membersRemove())
	return cmd
}

func (a *app) membersList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the members and their roles",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			members, err := api.AllMembers(cmd.Context())
			if err != nil {
				return err
			}
			names := map[string]string{}
			if projects, err := api.AllProjects(cmd.Context()); err == nil {
				for _, p := range projects {
					names[p.Id] = p.Slug
				}
			}
			return a.result(members, func(w io.Writer) {
				var rows [][]string
				for _, m := range members {
					var in []string
					for _, id := range slices.Sorted(maps.Keys(m.Projects)) {
						name := names[id]
						if name == "" {
							name = id
						}
						in = append(in, name+"="+string(m.Projects[id]))
					}
					rows = append(rows, []string{m.User.Email, m.User.Name, string(m.Role), strings.Join(in, " "), ago(m.Since), m.User.Id})
				}
				table(w, []string{"MEMBER", "NAME", "ROLE", "IN PROJECTS", "SINCE", "ID"}, rows)
			})
		},
	}
}

func (a *app) membersSetRole() *cobra.Command {
	var project string
	cmd := &cobra.Command{
		Use:   "set-role MEMBER ROLE",
		Short: "Give a member another role, in the organization or in one project",
		Long:  "MEMBER is an e-mail or an id; ROLE is owner, admin, developer, viewer or guest. With --project the role holds there, and \"none\" takes it away.",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(2)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			api, err := connect()
			if err != nil {
				return err
			}
			m, err := findMember(ctx, api, args[0])
			if err != nil {
				return err
			}
			if project == "" {
				m, err = syntra.Read[syntra.Member](api.UpdateMember(ctx, m.User.Id, nil,
					syntra.UpdateMemberRequest{Role: syntra.UpdateMemberRequestRole(args[1])}))
				return a.showRole(m, err, string(m.Role))
			}
			p, err := mustFindProject(ctx, api, project)
			if err != nil {
				return err
			}
			if args[1] == "none" {
				if _, err := syntra.Read[struct{}](api.DeleteProjectMember(ctx, p.Id, m.User.Id, nil)); err != nil {
					return err
				}
				delete(m.Projects, p.Id)
				return a.showRole(m, nil, "without a role in "+p.Slug)
			}
			m, err = syntra.Read[syntra.Member](api.SetProjectMember(ctx, p.Id, m.User.Id, nil,
				syntra.SetProjectMemberRequest{Role: syntra.SetProjectMemberRequestRole(args[1])}))
			return a.showRole(m, err, string(m.Projects[p.Id])+" in "+p.Slug)
		},
	}
	cmd.Flags().StringVarP(&project, "project", "p", "", "in this project only")
	return cmd
}

func (a *app) showRole(m syntra.Member, err error, role string) error {
	if err != nil {
		return err
	}
	return a.result(m, func(w io.Writer) { fmt.Fprintf(w, "%s is %s.\n", m.User.Email, role) })
}

func (a *app) membersRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove MEMBER",
		Short: "End a membership, with the sessions and tokens for this organization",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			m, err := findMember(cmd.Context(), api, args[0])
			if err != nil {
				return err
			}
			if _, err := syntra.Read[struct{}](api.DeleteMember(cmd.Context(), m.User.Id, nil)); err != nil {
				return err
			}
			return a.result(m, func(w io.Writer) { fmt.Fprintf(w, "%s is no member any more.\n", m.User.Email) })
		},
	}
}
