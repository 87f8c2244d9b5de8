package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "service", Short: "Make and delete services", Args: noArgs, RunE: help}
	cmd.AddCommand(a.serviceCreate(), a.serviceDelete())
	return cmd
}

func (a *app) serviceCreate() *cobra.Command {
	var t target
	var server, repository, branch string
	cmd := &cobra.Command{
		Use:   "create [SERVICE]",
		Short: "Make a service before its first deployment, to give it variables, settings or a repository",
		Long: `SERVICE is a service or project/service; without it, what syntra.yaml or the directory is called. The project is made where
it does not exist. Then: syn env set, syn config set, syn deploy.`,
		Example: "  syn service create shop/web --repository https://github.com/acme/web --branch main",
		Args:    maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				t.name(args[0])
			}
			if branch != "" && repository == "" {
				return usageError{errors.New("--branch is of a repository: give --repository, too")}
			}
			api, err := connect()
			if err != nil {
				return err
			}
			if err := t.complete("."); err != nil {
				return err
			}
			ctx := cmd.Context()
			var made creations
			project, err := a.ensureProject(ctx, api, t.project, &made)
			if err != nil {
				return err
			}
			request := syntra.CreateServiceRequest{ProjectId: project.Id, Slug: t.service}
			if repository != "" {
				source := &syntra.ConfigSource{Kind: new(syntra.ConfigSourceKind("git")), Repository: &repository}
				if branch != "" {
					source.Branch = &branch
				}
				request.Config = &syntra.ConfigInput{Source: source}
			}
			svc, err := a.createService(ctx, api, request, server)
			if err != nil {
				made.undo(ctx, api, err)
				return err
			}
			return a.result(svc, func(w io.Writer) { fmt.Fprintf(w, "Made %s. Deploy to it with: syn deploy\n", t) })
		},
	}
	t.addFlags(cmd)
	cmd.Flags().StringVar(&server, "server", "", "the server it runs on (default: the only one)")
	cmd.Flags().StringVar(&repository, "repository", "", "https URL of the Git repository that it is deployed from")
	cmd.Flags().StringVar(&branch, "branch", "", "branch of the repository (default: main)")
	return cmd
}

func (a *app) serviceDelete() *cobra.Command {
	var t target
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete SERVICE",
		Short: "Delete a service: its replicas, variables and host names",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			t.name(args[0])
			ctx := cmd.Context()
			svc, api, err := t.connectAndFind(ctx)
			if err != nil {
				return err
			}
			if !yes {
				return usageError{fmt.Errorf("this ends %s at %s for good: repeat it with --yes", t, svc.Url)}
			}
			if _, err := syntra.Read[struct{}](api.DeleteService(ctx, svc.Id, nil)); err != nil {
				return err
			}
			return a.result(svc, func(w io.Writer) { fmt.Fprintf(w, "Deleting %s.\n", t) })
		},
	}
	t.addFlags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "delete it without asking")
	return cmd
}
