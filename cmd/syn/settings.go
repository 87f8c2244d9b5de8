package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Show and change a service's settings", Args: noArgs, RunE: help}
	cmd.AddCommand(a.configGet(), a.configSet(), a.configUnset(), a.configEdit())
	return cmd
}

func (a *app) configGet() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "get [KEY]",
		Short: "Show the settings that differ from the defaults, or one of them",
		Args:  maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc, _, err := t.connectAndFind(cmd.Context())
			if err != nil {
				return err
			}
			all, err := settingsOf(svc)
			if err != nil {
				return err
			}
			var shown any = map[string]any(all)
			if len(args) == 1 {
				if shown, err = all.get(args[0]); err != nil {
					return err
				}
			}
			return a.result(shown, func(w io.Writer) { writeYAML(w, shown) })
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) configSet() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:     "set KEY=VALUE…",
		Short:   "Change settings; they take effect with the next deployment",
		Example: "  syn config set run.port=3000 health.path=/healthz domains=example.com,www.example.com",
		Args:    needArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeSettings(cmd.Context(), &t, func(all settings) error {
				for _, arg := range args {
					key, value, given := strings.Cut(arg, "=")
					if !given {
						return usageError{fmt.Errorf("%q has no value: write %s=VALUE", arg, arg)}
					}
					if err := all.set(key, value); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) configUnset() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "unset KEY…",
		Short: "Put settings back to their defaults",
		Args:  needArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeSettings(cmd.Context(), &t, func(all settings) error {
				for _, key := range args {
					if err := all.unset(key); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) configEdit() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "Edit the settings in $EDITOR",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.changeSettings(cmd.Context(), &t, func(all settings) error {
				edited, err := edit(cmd.Context(), all)
				if err != nil {
					return err
				}
				clear(all)
				return edited.into(all)
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

// changeSettings reads a service's settings, changes them, and writes them unless somebody else did meanwhile.
func (a *app) changeSettings(ctx context.Context, t *target, change func(settings) error) error {
	svc, api, err := t.connectAndFind(ctx)
	if err != nil {
		return err
	}
	all, err := settingsOf(svc)
	if err != nil {
		return err
	}
	before, _ := json.Marshal(all)
	if err := change(all); err != nil {
		return err
	}
	after, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if bytes.Equal(before, after) {
		return a.result(svc.Config, func(w io.Writer) { fmt.Fprintf(w, "Nothing changed: the settings of %s are as they were.\n", t) })
	}
	etag := strconv.Quote(strconv.FormatInt(svc.ConfigVersion, 10))
	changed, err := syntra.Read[syntra.Service](api.SetConfigWithBody(ctx, svc.Id, &syntra.SetConfigParams{IfMatch: &etag},
		"application/json", bytes.NewReader(after)))
	if err != nil {
		return err
	}
	return a.result(changed.Config, func(w io.Writer) {
		fmt.Fprintf(w, "Settings of %s are now version %d; they take effect with the next deployment.\n", t, changed.ConfigVersion)
	})
}

// connectAndFind returns the service that the target names, and the API it was found with.
func (t *target) connectAndFind(ctx context.Context) (syntra.Service, *syntra.API, error) {
	api, err := connect()
	if err != nil {
		return syntra.Service{}, nil, err
	}
	svc, err := t.find(ctx, api)
	return svc, api, err
}

// edited is a file that a person has written.
type edited []byte

// edit lets a person change settings in an editor.
func edit(ctx context.Context, all settings) (edited, error) {
	editor := os.Getenv("VISUAL")
	if editor == "" {
		editor = os.Getenv("EDITOR")
	}
	if editor == "" {
		return nil, usageError{errors.New("no editor is set: set EDITOR, or use `syn config set`")}
	}
	file, err := os.CreateTemp("", "syntra-*.yaml")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	writeYAML(file, map[string]any(all))
	if err := file.Close(); err != nil {
		return nil, err
	}
	// An editor may be given with arguments, such as `code --wait`: the shell takes it apart.
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", file.Name())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: nothing was changed", editor, err)
	}
	return os.ReadFile(file.Name())
}

func (e edited) into(all settings) error {
	if err := yaml.Unmarshal(e, (*map[string]any)(&all)); err != nil {
		return usageError{fmt.Errorf("the edited settings are not YAML: %w: nothing was changed", err)}
	}
	return nil
}

// writeYAML writes a value as a person reads it; a single one without quotes.
func writeYAML(w io.Writer, v any) {
	if s, is := v.(string); is {
		fmt.Fprintln(w, s)
		return
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	_ = encoder.Encode(v) // what came from JSON always can be
}
