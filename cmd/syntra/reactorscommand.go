package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/reactors"
)

// maxListed is how many parked events the command lists at most.
const maxListed = 1000

func reactorsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "reactors", Short: "Events that the platform could not react to: list, retry, discard"}
	cmd.AddCommand(reactorsListCommand(), reactorsRetryCommand(), reactorsDiscardCommand())
	return cmd
}

func reactorsListCommand() *cobra.Command {
	var o outside
	cmd := &cobra.Command{
		Use: "list", Short: "List parked events, oldest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pool, err := o.open(cmd.Context())
			if err != nil {
				return err
			}
			defer pool.Close()
			parked, err := reactors.ListParked(cmd.Context(), pool, maxListed)
			if err != nil {
				return err
			}
			out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(out, "REACTOR\tPOSITION\tSTREAM\tTYPE\tORG\tTRIES\tFIRST FAILED\tNEXT TRY\tERROR")
			for _, p := range parked {
				fmt.Fprintf(out, "%s\t%d\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", p.Reactor, p.Position, p.Stream, p.Type, p.Organization,
					p.Attempts, p.FirstFailedAt.Format(time.RFC3339), p.NextTryAt.Format(time.RFC3339), p.Error)
			}
			return out.Flush()
		},
	}
	o.addFlags(cmd)
	return cmd
}

func reactorsRetryCommand() *cobra.Command {
	var o outside
	cmd := &cobra.Command{
		Use: "retry REACTOR STREAM", Short: "Try the parked events of a stream now", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			pool, err := o.open(cmd.Context())
			if err != nil {
				return err
			}
			defer pool.Close()
			n, err := reactors.RetryParked(cmd.Context(), pool, args[0], args[1])
			if err == nil && n == 0 {
				err = fmt.Errorf("reactor %s has no parked events of %s: list them with syntra reactors list", args[0], args[1])
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d events of %s are tried now\n", n, args[1])
			return nil
		},
	}
	o.addFlags(cmd)
	return cmd
}

func reactorsDiscardCommand() *cobra.Command {
	var o outside
	var reason string
	cmd := &cobra.Command{
		Use: "discard REACTOR POSITION", Short: "Leave a parked event out, so that its stream goes on", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			position, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil {
				return fmt.Errorf("position %q is no number: list parked events with syntra reactors list", args[1])
			}
			pool, err := o.open(cmd.Context())
			if err != nil {
				return err
			}
			defer pool.Close()
			if err := reactors.DiscardParked(cmd.Context(), pool, args[0], position, reason); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "discarded the event at position %d\n", position)
			return nil
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why the event may be left out (required)")
	return cmd
}
