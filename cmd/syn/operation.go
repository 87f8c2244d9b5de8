package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) operationCommand(kind, short string) *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   kind,
		Short: short,
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.operate(cmd.Context(), &t, syntra.CreateOperationRequest{Kind: syntra.CreateOperationRequestKind(kind)})
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) scaleCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "scale REPLICAS",
		Short: "Run this many copies of a service",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 32)
			if err != nil {
				return usageError{errors.New("REPLICAS is a number, such as: syn scale 3")}
			}
			return a.operate(cmd.Context(), &t, syntra.CreateOperationRequest{Kind: "scale", Replicas: &n})
		},
	}
	t.addFlags(cmd)
	return cmd
}

// operate asks for an operation and waits for its end.
func (a *app) operate(ctx context.Context, t *target, request syntra.CreateOperationRequest) error {
	api, err := connect()
	if err != nil {
		return err
	}
	svc, err := t.find(ctx, api)
	if err != nil {
		return err
	}
	op, err := syntra.Read[syntra.Operation](api.CreateOperation(ctx, svc.Id, nil, request))
	if err != nil {
		return err
	}
	a.say("%s", a.paint.dim("• "+string(request.Kind)+" "+t.String()))
	for op.Status == "requested" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		latest, err := syntra.Read[syntra.Operation](api.GetOperation(ctx, svc.Id, op.Id, nil))
		if status := syntra.StatusOf(err); err != nil && status != 0 && status < 500 {
			return err
		}
		if err == nil {
			op = latest
		}
	}
	if op.Status == "failed" {
		return exit{exitFailed, fmt.Errorf("%s of %s failed: %s", request.Kind, t, text(op.Reason))}
	}
	return a.result(op, func(w io.Writer) { fmt.Fprintf(w, "%s: %s done.\n", t, request.Kind) })
}
