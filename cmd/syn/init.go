package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) initCommand() *cobra.Command {
	var force, print bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a syntra.yaml from what a directory is, and from what it says to other tools",
		Long: `Looks at DIR (default: this directory), says what it is and how it would be built and started, and writes a
syntra.yaml. It takes over what fly.toml, render.yaml, railway.json, app.json, config/deploy.yml or a compose file say, and
lists what cannot be kept. Nothing is sent anywhere.`,
		Args: maxArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			made, err := initOf(dir)
			if err != nil {
				return err
			}
			if !print {
				if err := made.write(force); err != nil {
					return err
				}
			}
			return a.result(made, func(w io.Writer) { made.show(w, print) })
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace a syntra.yaml that is there")
	cmd.Flags().BoolVar(&print, "print", false, "print it instead of writing it")
	return cmd
}

func (made initialized) show(w io.Writer, print bool) {
	if made.Kind != "" {
		fmt.Fprintf(w, "%s, found by %s\n", made.Kind, strings.Join(made.Why, ", "))
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintln(w, title)
		for _, line := range lines {
			fmt.Fprintln(w, "  "+line)
		}
	}
	list("Install", made.Install)
	list("Build", made.Build)
	if made.Start != "" {
		list("Start", []string{made.Start})
	}
	if made.Static != "" {
		list("Pages", []string{made.Static})
	}
	list("To change before it can be deployed", made.Missing)
	list("Note", made.Notices)
	list("Set these with syn env set", made.Env)
	list("Not kept", made.Lost)
	for path, text := range made.File {
		if print {
			fmt.Fprintf(w, "\n%s\n%s", path, text)
		} else {
			fmt.Fprintf(w, "Wrote %s\n", path)
		}
	}
}
