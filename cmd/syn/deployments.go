package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) deploymentsCommand() *cobra.Command {
	var t target
	var number int64
	cmd := &cobra.Command{
		Use:   "deployments",
		Short: "List a service's deployments, newest first",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			svc, api, err := t.connectAndFind(cmd.Context())
			if err != nil {
				return err
			}
			page, err := syntra.Read[syntra.PageDeployment](api.ListDeployments(cmd.Context(),
				&syntra.ListDeploymentsParams{Service: &svc.Id, Limit: &number}))
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				var rows [][]string
				for _, d := range page.Items {
					rows = append(rows, deploymentRow(d))
				}
				table(w, []string{"DEPLOYMENT", "KIND", "STATUS", "RELEASE", "COMMIT", "ASKED FOR", "WHAT"}, rows)
			})
		},
	}
	t.addFlags(cmd)
	cmd.Flags().Int64VarP(&number, "limit", "n", 20, "how many, at most 200")
	return cmd
}

func deploymentRow(d syntra.Deployment) []string {
	release, sha, what := "-", "-", text(d.Reason)
	if d.Release != nil {
		release = "#" + strconv.FormatInt(d.Release.Number, 10)
		if commit := text(d.Release.Commit.Sha); commit != "" {
			sha = commit[:min(7, len(commit))]
		}
		if what == "" {
			what = text(d.Release.Commit.Subject)
		}
	}
	return []string{d.Id, string(d.Kind), standing(d), release, sha, ago(d.RequestedAt), what}
}

// standing is where a deployment stands, for a person: one that waits is not at work.
func standing(d syntra.Deployment) string {
	if waiting := text(d.Waiting); waiting != "" && !ended(d.Status) {
		return "waiting: " + waiting
	}
	return string(d.Status)
}

func (a *app) cancelCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "cancel [DEPLOYMENT]",
		Short: "Cancel a deployment that has not moved traffic yet",
		Long:  "Without an id, it is the deployment that is at work; while none is, the one whose turn comes next. See `syn deployments`.",
		Args:  maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			var id string
			waiting := 0
			if len(args) == 1 {
				id = args[0]
			} else if id, waiting, err = t.atWork(ctx, api); err != nil {
				return err
			}
			d, err := syntra.Read[syntra.Deployment](api.CancelDeployment(ctx, id, nil))
			if err != nil {
				return err
			}
			return a.result(d, func(w io.Writer) {
				fmt.Fprintf(w, "Cancelling %s.\n", id)
				if waiting > 0 {
					a.say("the next of %d queued deployments goes on: see `syn deployments`", waiting)
				}
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

// atWork returns the service's deployment that is at work, or whose turn comes next, and how many more wait.
func (t *target) atWork(ctx context.Context, api *syntra.API) (id string, waiting int, err error) {
	svc, err := t.find(ctx, api)
	if err != nil {
		return "", 0, err
	}
	var open []syntra.Deployment
	for _, status := range []syntra.ListDeploymentsParamsStatus{"queued", "building", "deploying"} {
		found, err := api.AllDeployments(ctx, syntra.ListDeploymentsParams{Service: &svc.Id, Status: &status})
		if err != nil {
			return "", 0, err
		}
		open = append(open, found...)
	}
	if len(open) == 0 {
		return "", 0, exit{exitMissing, fmt.Errorf("no deployment of %s is under way: see `syn deployments`", t)}
	}
	first := open[0]
	for _, d := range open[1:] {
		if first.Status == "queued" && (d.Status != "queued" || d.RequestedAt.Before(first.RequestedAt)) {
			first = d
		}
	}
	return first.Id, len(open) - 1, nil
}
