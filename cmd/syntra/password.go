package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/id"
)

func passwordCommand() *cobra.Command {
	var o outside
	cmd := &cobra.Command{
		Use:   "password EMAIL",
		Short: "Give a user who lost the password a new one, read from standard input; all sessions of the user end",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			password, err := askPassword(os.Stdin, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := setPassword(cmd.Context(), o, args[0], password); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password\n", args[0])
			return nil
		},
	}
	o.addFlags(cmd)
	return cmd
}

// askPassword reads a line, from a terminal without showing it.
func askPassword(in *os.File, out io.Writer) (string, error) {
	if term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(out, "New password: ")
		raw, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(out)
		return string(raw), err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func setPassword(ctx context.Context, o outside, email, password string) error {
	pool, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	accounts, err := account.New(ctx, pool)
	if err != nil {
		return err
	}
	person, err := accounts.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	if err := accounts.SetPassword(ctx, person.UserID, password); err != nil {
		return err
	}
	log := &eventstore.Log{Store: postgres.New(pool, newLogger()), Codec: eventstore.NewCodec(catalog.Events()...)}
	cmd := eventstore.Command{ID: "password/" + id.New(id.Command), Organization: person.Organization, Actor: domain.System("operator")}
	_, err = eventstore.Execute(ctx, log, user.Stream(person.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.ChangePassword("")
	})
	return err
}
