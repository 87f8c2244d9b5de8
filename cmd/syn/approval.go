package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) approvalsCommand() *cobra.Command {
	var every bool
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "List the decisions that wait for a person",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			params := &syntra.ListApprovalsParams{}
			if !every {
				pending := syntra.ListApprovalsParamsStatus("pending")
				params.Status = &pending
			}
			page, err := syntra.Read[syntra.PageApproval](api.ListApprovals(cmd.Context(), params))
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				if len(page.Items) == 0 {
					fmt.Fprintln(w, "Nothing waits for a decision.")
					return
				}
				var rows [][]string
				for _, p := range page.Items {
					rows = append(rows, []string{p.Title, string(p.Status), p.Action, deadline(p), p.Id})
				}
				table(w, []string{"DECISION", "STATUS", "ACTION", "EXPIRES", "ID"}, rows)
			})
		},
	}
	cmd.Flags().BoolVar(&every, "all", false, "also those that were decided or have expired")
	return cmd
}

func (a *app) approveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "approve ID",
		Short: "Approve a decision: its action runs, once",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd.Context(), args[0], func(api *syntra.API, p syntra.Approval) (syntra.Approval, error) {
				return syntra.Read[syntra.Approval](api.Approve(cmd.Context(), p.Id, nil, syntra.ApproveRequest{ShownDigest: p.ShownDigest}))
			})
		},
	}
}

func (a *app) rejectCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "reject ID",
		Short: "Reject a decision: its action does not run",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd.Context(), args[0], func(api *syntra.API, p syntra.Approval) (syntra.Approval, error) {
				return syntra.Read[syntra.Approval](api.Reject(cmd.Context(), p.Id, nil, syntra.RejectRequest{Reason: &reason}))
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "for those who asked")
	return cmd
}

// decide shows what is decided, and decides it for what was shown.
func (a *app) decide(ctx context.Context, id string, by func(*syntra.API, syntra.Approval) (syntra.Approval, error)) error {
	api, err := connect()
	if err != nil {
		return err
	}
	p, err := syntra.Read[syntra.Approval](api.GetApproval(ctx, id, nil))
	if err != nil {
		return err
	}
	a.say("%s\n  %s on %s %s, %s", p.Title, p.Action, p.Subject.Kind, p.Subject.Id, deadline(p))
	if p, err = by(api, p); err != nil {
		return err
	}
	return a.result(p, func(w io.Writer) { fmt.Fprintln(w, p.Status) })
}

// deadline says how long there is to decide.
func deadline(p syntra.Approval) string {
	left := time.Until(p.ExpiresAt).Round(time.Minute)
	if left <= 0 {
		return "too late since " + p.ExpiresAt.Local().Format("2006-01-02 15:04")
	}
	return "in " + left.String()
}
