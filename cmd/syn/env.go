package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) envCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "env", Short: "List and change a service's variables", Args: noArgs, RunE: help}
	cmd.AddCommand(a.envList(), a.envSet(), a.envUnset())
	return cmd
}

func (a *app) envList() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the names; values are never shown again",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			svc, err := t.find(cmd.Context(), api)
			if err != nil {
				return err
			}
			env, err := syntra.Read[syntra.Environment](api.ListVariables(cmd.Context(), svc.Id, nil))
			if err != nil {
				return err
			}
			return a.result(env, func(w io.Writer) {
				var rows [][]string
				for _, v := range env.Items {
					rows = append(rows, []string{v.Name, strconv.FormatInt(v.Version, 10), ago(v.UpdatedAt)})
				}
				table(w, []string{"NAME", "VERSION", "SET"}, rows)
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) envSet() *cobra.Command {
	var t target
	var deploy bool
	var file string
	cmd := &cobra.Command{
		Use:   "set NAME=VALUE… | NAME | --file FILE",
		Short: "Set variables; a NAME without a value takes it from standard input",
		Long: "What a file or a program sends to standard input becomes the value byte for byte, a last newline included; a typed " +
			"line does not include its end. --file reads a .env file; what is set on the command line wins over it.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			values, err := readValues(os.Stdin, file, args)
			if err != nil {
				return err
			}
			for _, arg := range args {
				if !strings.Contains(arg, "=") && strings.HasSuffix(values[arg], "\n") {
					a.say("note: the value of %s ends with a newline, as it came; `printf %%s` sends none", arg)
				}
			}
			return a.changeEnv(cmd.Context(), &t, syntra.ChangeVariablesRequest{Set: &values}, deploy)
		},
	}
	t.addFlags(cmd)
	cmd.Flags().StringVarP(&file, "file", "f", "", "a .env file to read variables from; - is standard input")
	cmd.Flags().BoolVar(&deploy, "deploy", false, "redeploy the live release with the new variables at once")
	return cmd
}

func (a *app) envUnset() *cobra.Command {
	var t target
	var deploy bool
	cmd := &cobra.Command{
		Use:   "unset NAME…",
		Short: "Remove variables",
		Args:  needArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeEnv(cmd.Context(), &t, syntra.ChangeVariablesRequest{Unset: &args}, deploy)
		},
	}
	t.addFlags(cmd)
	cmd.Flags().BoolVar(&deploy, "deploy", false, "redeploy the live release with the new variables at once")
	return cmd
}

func (a *app) changeEnv(ctx context.Context, t *target, change syntra.ChangeVariablesRequest, deploy bool) error {
	api, err := connect()
	if err != nil {
		return err
	}
	svc, err := t.find(ctx, api)
	if err != nil {
		return err
	}
	changed, err := syntra.Read[syntra.EnvironmentVersion](api.ChangeVariables(ctx, svc.Id, nil, change))
	if err != nil {
		return err
	}
	if !deploy {
		return a.result(changed, func(w io.Writer) {
			fmt.Fprintf(w, "Environment of %s is now version %d; it takes effect with the next deployment.\n", t, changed.Version)
		})
	}
	d, err := syntra.Read[syntra.Deployment](api.CreateDeployment(ctx, svc.Id, nil, syntra.CreateDeploymentRequest{Kind: new(syntra.CreateDeploymentRequestKind("redeploy"))}))
	if err != nil {
		return err
	}
	return a.watch(ctx, api, svc, d)
}
