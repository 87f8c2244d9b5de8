package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) joinCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "join LINK",
		Short: "Join an organization by the link of an invitation",
		Long: `Join as who is logged in to that Syntra. Otherwise an account is made for the e-mail that was invited: its password is
asked for on the terminal, or read from standard input. If there is an account with that e-mail, give its password.`,
		Args: func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			base, token, err := parseInvitation(args[0])
			if err != nil {
				return err
			}
			c, err := readConfig()
			if err != nil {
				return err
			}
			at, mine := c.environment()
			if strings.TrimRight(at, "/") != base {
				mine = "" // a token is never sent to another Syntra
			}
			api, err := syntra.New(base, mine)
			if err != nil {
				return usageError{err}
			}
			joined, err := a.join(cmd.Context(), api, token, name, mine != "")
			if err != nil {
				return err
			}
			return a.entered(api, joined)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "your name, for a new account")
	return cmd
}

// parseInvitation returns the Syntra that a link is of, and the invitation's token.
func parseInvitation(link string) (base, token string, err error) {
	u, err := url.Parse(link)
	if err == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http") {
		if before, last, ok := strings.Cut(u.Path, "/join/"); ok && last != "" {
			return u.Scheme + "://" + u.Host + before, strings.Trim(last, "/"), nil
		}
	}
	return "", "", usageError{fmt.Errorf("%q is no invitation: copy the whole link, such as https://syntra.example.com/join/syi_…", link)}
}

func (a *app) join(ctx context.Context, api *syntra.API, token, name string, loggedIn bool) (syntra.Joined, error) {
	offer, err := syntra.Read[syntra.Offer](api.GetInvitation(ctx, token, nil))
	if err != nil {
		return syntra.Joined{}, err
	}
	a.say("%s invites %s to %s as %s.", offer.InvitedBy, offer.Email, offer.Organization.Name, offer.Role)
	called := tokenName()
	if loggedIn {
		return syntra.Read[syntra.Joined](api.AcceptInvitation(ctx, token, nil, syntra.AcceptInvitationRequest{TokenName: &called}))
	}
	question := "New password: "
	if offer.HasAccount {
		question = "Password of " + offer.Email + ": "
	}
	password, err := a.askPassword(os.Stdin, question)
	if err != nil {
		return syntra.Joined{}, err
	}
	return syntra.Read[syntra.Joined](api.RegisterInvited(ctx, token, syntra.RegisterInvitedRequest{
		Name: &name, Password: password, TokenName: &called,
	}))
}

// askPassword reads a password without showing it; spaces are part of it.
func (a *app) askPassword(in *os.File, question string) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && line == "" {
			return "", usageError{errors.New("no password on standard input: pipe it in, or run this on a terminal")}
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	fmt.Fprint(a.err, question)
	raw, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(a.err)
	return string(raw), err
}
