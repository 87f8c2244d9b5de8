package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) orgCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "org",
		Short: "List, switch and create organizations",
		Long:  "A token is for one organization; syn keeps one for each. SYNTRA_ORG chooses one of them for a single command.",
		Args:  noArgs, RunE: help,
	}
	cmd.AddCommand(a.orgList(), a.orgSwitch(), a.orgCreate())
	return cmd
}

func (a *app) orgList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the organizations that you belong to",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			page, err := syntra.Read[syntra.PageMyOrganization](api.ListOrganizations(cmd.Context(), nil))
			if err != nil {
				return err
			}
			c, err := readConfig()
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				var rows [][]string
				for _, o := range page.Items {
					here, kept := "", "no"
					if o.Current {
						here = "*"
					}
					if _, has := c.Organizations[o.Id]; has && c.URL == api.Base() {
						kept = "yes"
					}
					rows = append(rows, []string{here, o.Slug, o.Name, string(o.Role), kept})
				}
				table(w, []string{"", "ORGANIZATION", "NAME", "ROLE", "TOKEN KEPT"}, rows)
			})
		},
	}
}

func (a *app) orgSwitch() *cobra.Command {
	return &cobra.Command{
		Use:   "switch ORGANIZATION",
		Short: "Let later commands be about another organization",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := readConfig()
			if err != nil {
				return err
			}
			id := c.bySlug(args[0])
			if id == "" {
				return noToken(args[0])
			}
			api, err := syntra.New(c.URL, c.Organizations[id].Token)
			if err != nil {
				return err
			}
			me, err := syntra.Read[syntra.Me](api.GetMe(cmd.Context(), nil)) // whether the token is still valid
			if err != nil {
				return err
			}
			if err := updateConfig(func(c *config) error { c.Organization = id; return nil }); err != nil {
				return err
			}
			return a.result(me, func(w io.Writer) {
				fmt.Fprintf(w, "Now in %s as %s (%s).\n", me.Organization.Name, me.User.Email, me.Role)
			})
		},
	}
}

func (a *app) orgCreate() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "create SLUG",
		Short: "Make an organization of your own, and switch to it",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			tokenName := tokenName()
			made, err := syntra.Read[syntra.Joined](api.CreateOrganization(cmd.Context(), nil, syntra.CreateOrganizationRequest{
				Slug: args[0], Name: &name, TokenName: &tokenName,
			}))
			if err != nil {
				return err
			}
			return a.entered(api, made)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "for people (default: the slug)")
	return cmd
}

// entered keeps the token of an organization that one has just become a member of, and tells so. The token itself is
// not shown.
func (a *app) entered(api *syntra.API, o syntra.Joined) error {
	err := updateConfig(func(c *config) error {
		c.keep(api.Base(), o.Id, membership{o.Slug, text(o.Token)})
		return nil
	})
	if err != nil {
		return err
	}
	o.Token = nil
	return a.result(o, func(w io.Writer) { fmt.Fprintf(w, "Now in %s as %s.\n", o.Name, o.Role) })
}

// tokenName is what the tokens that syn makes for itself are called.
func tokenName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "syn"
	}
	return "syn on " + host[:min(len(host), 60)]
}

func noToken(organization string) error {
	return exit{exitDenied, fmt.Errorf("no token is kept for the organization %q: make one there under Settings → Tokens, and run `syn login`", organization)}
}

// findMember returns the member with this e-mail or id.
func findMember(ctx context.Context, api *syntra.API, who string) (syntra.Member, error) {
	members, err := api.AllMembers(ctx)
	if err != nil {
		return syntra.Member{}, err
	}
	for _, m := range members {
		if m.User.Id == who || m.User.Email == who {
			return m, nil
		}
	}
	return syntra.Member{}, exit{exitMissing, fmt.Errorf("there is no member %q: see `syn members list`", who)}
}
