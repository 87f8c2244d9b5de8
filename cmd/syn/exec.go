package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) execCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "exec -- COMMAND [ARG…]",
		Short: "Run a command in a replica of a service; its exit code is syn's",
		Args:  needArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			svc, err := t.find(cmd.Context(), api)
			if err != nil {
				return err
			}
			var stdin io.Reader
			if !term.IsTerminal(int(os.Stdin.Fd())) {
				stdin = os.Stdin // no terminal is emulated at the other end: keys would go nowhere
			}
			code, err := api.Exec(cmd.Context(), svc.Id, args, stdin, a.out, a.err)
			if err != nil {
				return err
			}
			if code != 0 {
				return exit{code, fmt.Errorf("the command ended with exit code %d", code)}
			}
			return nil
		},
	}
	t.addFlags(cmd)
	return cmd
}
