package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// stateDelivered is the state of a message that has arrived.
const stateDelivered = "delivered"

func (a *app) webhooksTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test ID",
		Short: "Send a test message; the exit code says whether it arrived",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			d, err := syntra.Read[syntra.Delivery](api.TestWebhook(cmd.Context(), args[0], nil))
			if err != nil {
				return err
			}
			if err := a.result(d, func(w io.Writer) { fmt.Fprintln(w, outcomeOf(d)) }); err != nil || d.State == stateDelivered {
				return err
			}
			return exit{exitFailed, errors.New("the test message has not arrived")}
		},
	}
}

func (a *app) deliveriesCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "deliveries ID",
		Short: "List the last messages of a webhook and what became of them",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			params := &syntra.ListDeliveriesParams{}
			if state != "" {
				only := syntra.ListDeliveriesParamsState(state)
				params.State = &only
			}
			page, err := syntra.Read[syntra.PageDelivery](api.ListDeliveries(cmd.Context(), args[0], params))
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				if len(page.Items) == 0 {
					fmt.Fprintln(w, "No deliveries.")
					return
				}
				var rows [][]string
				for _, d := range page.Items {
					rows = append(rows, []string{ago(d.CreatedAt), d.Type, outcomeOf(d), d.Id})
				}
				table(w, []string{"SENT", "EVENT", "OUTCOME", "ID"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only those that are pending, delivered or dead")
	return cmd
}

func (a *app) redeliverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "redeliver DELIVERY",
		Short: "Send a message again, under the same id",
		Args:  oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			d, err := syntra.Read[syntra.Delivery](api.Redeliver(cmd.Context(), args[0], nil))
			if err != nil {
				return err
			}
			return a.result(d, func(w io.Writer) { fmt.Fprintf(w, "%s is sent again.\n", d.Id) })
		},
	}
}

// outcomeOf says in one line how a message stands.
func outcomeOf(d syntra.Delivery) string {
	line := string(d.State)
	switch {
	case d.State == stateDelivered && d.AnswerStatus != nil:
		line += fmt.Sprintf(" (%d in %d ms)", *d.AnswerStatus, d.Millis)
	case d.Error != nil:
		line += fmt.Sprintf(" after %d tries: %s", d.Attempts, *d.Error)
	}
	if d.Error != nil && d.NextAt != nil {
		line += ", next try in " + max(0, time.Until(*d.NextAt).Round(time.Second)).String()
	}
	return line
}
