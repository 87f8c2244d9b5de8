package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) loginCommand() *cobra.Command {
	var url, token string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Keep the URL and API token of a Syntra for later commands",
		Long:  "Make a token under Settings → Tokens. It is for one organization; the tokens of others stay (syn org list). SYNTRA_URL and SYNTRA_TOKEN override what is kept. Without --token it is read from the terminal or standard input, so that it stays out of the shell's history.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url == "" {
				url = os.Getenv("SYNTRA_URL")
			}
			if url == "" {
				return usageError{errors.New("say which Syntra: syn login --url https://syntra.example.com")}
			}
			if token == "" {
				token = os.Getenv("SYNTRA_TOKEN")
			}
			if token == "" {
				var err error
				if token, err = a.askToken(os.Stdin); err != nil {
					return err
				}
			}
			api, err := syntra.New(url, token)
			if err != nil {
				return usageError{err}
			}
			me, err := syntra.Read[syntra.Me](api.GetMe(cmd.Context(), nil))
			if err != nil {
				return err
			}
			err = updateConfig(func(c *config) error {
				c.keep(api.Base(), me.Organization.Id, membership{me.Organization.Slug, token})
				return nil
			})
			if err != nil {
				return err
			}
			return a.result(me, func(w io.Writer) {
				fmt.Fprintf(w, "Logged in to %s as %s (%s of %s).\n", api.Base(), me.User.Email, me.Role, me.Organization.Name)
			})
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "URL of the Syntra")
	cmd.Flags().StringVar(&token, "token", "", "API token")
	return cmd
}

// askToken reads a token without showing it.
func (a *app) askToken(in *os.File) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && line == "" {
			return "", usageError{errors.New("no token on standard input: pass --token, or pipe it in")}
		}
		return strings.TrimSpace(line), nil
	}
	fmt.Fprint(a.err, "Token: ")
	raw, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(a.err)
	return strings.TrimSpace(string(raw)), err
}

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget the kept URL and tokens",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			return updateConfig(func(c *config) error {
				c.URL, c.Organization, c.Organizations = "", "", nil
				return nil
			})
		},
	}
}

// noArgs, maxArgs and needArgs are cobra's checks as usage errors.
func noArgs(cmd *cobra.Command, args []string) error { return usage(cobra.NoArgs(cmd, args)) }

func maxArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.MaximumNArgs(n)(cmd, args)) }
}

func needArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.MinimumNArgs(n)(cmd, args)) }
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}
