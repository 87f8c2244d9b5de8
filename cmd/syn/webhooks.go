package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) webhooksCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "webhooks", Short: "Tell HTTP endpoints of yours what happens", Args: noArgs, RunE: help}
	cmd.AddCommand(a.webhooksList(), a.webhooksAdd(), a.webhooksTest(), a.webhooksRotate(), a.webhooksRemove(),
		a.webhooksEnable("enable", true, "Let a webhook go on, with what happens from now on"),
		a.webhooksEnable("disable", false, "Stop a webhook; what waits for it is given up, and can be redelivered"),
		a.deliveriesCommand(), a.redeliverCommand())
	return cmd
}

func (a *app) webhooksList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the webhooks",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			// An organization has at most twenty.
			page, err := syntra.Read[syntra.PageWebhook](api.ListWebhooks(cmd.Context(), &syntra.ListWebhooksParams{}))
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				if len(page.Items) == 0 {
					fmt.Fprintln(w, "No webhooks. Make one with `syn webhooks add URL`.")
					return
				}
				var rows [][]string
				for _, h := range page.Items {
					state := "enabled"
					if !h.Enabled {
						state = "disabled: " + text(h.Reason)
					}
					rows = append(rows, []string{text(h.Name), h.Host, strings.Join(h.Events, ","), state, h.Id})
				}
				table(w, []string{"NAME", "HOST", "EVENTS", "STATE", "ID"}, rows)
			})
		},
	}
}

func (a *app) webhooksAdd() *cobra.Command {
	var events []string
	var name, project string
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Make a webhook and print the secret that signs its messages",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			body := syntra.CreateWebhookRequest{Url: args[0], Name: &name}
			for _, e := range events {
				body.Events = append(body.Events, syntra.CreateWebhookRequestEvents(e))
			}
			if project != "" {
				projectID, err := projectNamed(cmd.Context(), api, project)
				if err != nil {
					return err
				}
				body.ProjectId = &projectID
			}
			made, err := syntra.Read[syntra.NewWebhook](api.CreateWebhook(cmd.Context(), nil, body))
			if err != nil {
				return err
			}
			return a.result(made, func(w io.Writer) { printSecret(w, made) })
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&events, "events", []string{"*"}, "what it is told of, such as deployment.failed,server.lost; *: everything")
	f.StringVar(&name, "name", "", "for people")
	f.StringVar(&project, "project", "", "only what happens in this project")
	return cmd
}

// projectNamed finds a project by slug or id, and returns its id.
func projectNamed(ctx context.Context, api *syntra.API, name string) (string, error) {
	projects, err := api.AllProjects(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range projects {
		if p.Slug == name || p.Id == name {
			return p.Id, nil
		}
	}
	return "", exit{exitMissing, fmt.Errorf("there is no project %q: see `syn status`", name)}
}

// printSecret shows a webhook's secret the one time it can be shown.
func printSecret(w io.Writer, h syntra.NewWebhook) {
	fmt.Fprintf(w, "Webhook %s signs with\n\n  %s\n\nThe secret is shown this once.\n", h.Id, h.Secret)
	if h.PreviousSecretUntil != nil {
		fmt.Fprintf(w, "The secret before signs, too, until %s.\n", h.PreviousSecretUntil.Local().Format("2006-01-02 15:04"))
	}
}

func (a *app) webhooksRotate() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate ID",
		Short: "Make a new secret; the one before signs beside it for a day",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			made, err := syntra.Read[syntra.NewWebhook](api.RotateWebhookSecret(cmd.Context(), args[0], nil))
			if err != nil {
				return err
			}
			return a.result(made, func(w io.Writer) { printSecret(w, made) })
		},
	}
}

func (a *app) webhooksEnable(verb string, enabled bool, short string) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " ID",
		Short: short,
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			body := syntra.UpdateWebhookRequest{Enabled: &enabled}
			h, err := syntra.Read[syntra.Webhook](api.UpdateWebhook(cmd.Context(), args[0], nil, body))
			if err != nil {
				return err
			}
			return a.result(h, func(w io.Writer) { fmt.Fprintf(w, "%s is %sd.\n", h.Id, verb) })
		},
	}
}

func (a *app) webhooksRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "rm ID",
		Short: "Delete a webhook with its deliveries, also those that wait",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			if _, err := syntra.Read[struct{}](api.DeleteWebhook(cmd.Context(), args[0], nil)); err != nil {
				return err
			}
			return a.result(map[string]string{"removed": args[0]}, func(w io.Writer) { fmt.Fprintf(w, "Removed %s.\n", args[0]) })
		},
	}
}

func oneArg(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) }
