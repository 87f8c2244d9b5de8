package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) serverCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "server", Short: "Add, list and remove servers", Args: noArgs, RunE: help}
	cmd.AddCommand(a.serverList(), a.serverAdd(), a.serverToken(), a.serverRemove())
	return cmd
}

func (a *app) serverList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the servers and how they are",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			servers, err := api.AllServers(cmd.Context())
			if err != nil {
				return err
			}
			return a.result(servers, func(w io.Writer) {
				var rows [][]string
				for _, s := range servers {
					cpu, memory, disk := "-", "-", "-"
					if s.Live != nil {
						cpu = fmt.Sprintf("%.0f%%", s.Live.CpuPercent)
						memory = bytesOf(s.Live.Memory.Used) + " / " + bytesOf(s.Live.Memory.Total)
						disk = bytesOf(s.Live.Disk.Total-s.Live.Disk.Used) + " free"
					}
					rows = append(rows, []string{s.Name, string(s.State), text(s.Hostname), strings.Join(s.Runtimes, ","), cpu, memory, disk, s.Id})
				}
				table(w, []string{"SERVER", "STATE", "HOST", "RUNTIMES", "CPU", "MEMORY", "DISK", "ID"}, rows)
				for _, s := range servers {
					if s.Live == nil {
						continue
					}
					for _, problem := range s.Live.Problems {
						fmt.Fprintf(w, "\n%s reports a problem: %s\n", s.Name, problem)
					}
				}
			})
		},
	}
}

func (a *app) serverAdd() *cobra.Command {
	return &cobra.Command{
		Use:   "add NAME",
		Short: "Make a server and print the command that joins it",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			made, err := syntra.Read[syntra.NewServer](api.CreateServer(cmd.Context(), nil, syntra.CreateServerRequest{Name: args[0]}))
			if err != nil {
				return err
			}
			return a.result(made, func(w io.Writer) { printJoin(w, made) })
		},
	}
}

func (a *app) serverToken() *cobra.Command {
	return &cobra.Command{
		Use:   "token SERVER",
		Short: "Make a new join token; the agent that is connected now is locked out",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, s, err := connectToServer(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			made, err := syntra.Read[syntra.NewServer](api.CreateServerToken(cmd.Context(), s.Id, nil))
			if err != nil {
				return err
			}
			return a.result(made, func(w io.Writer) { printJoin(w, made) })
		},
	}
}

func (a *app) serverRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove SERVER",
		Short: "Take a server out; its agent is refused from then on",
		Args:  func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			api, s, err := connectToServer(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if _, err := syntra.Read[struct{}](api.DeleteServer(cmd.Context(), s.Id, nil)); err != nil {
				return err
			}
			return a.result(map[string]string{"removed": s.Id}, func(w io.Writer) { fmt.Fprintf(w, "Removed %s.\n", s.Name) })
		},
	}
}

// printJoin shows a join token the one time it can be shown.
func printJoin(w io.Writer, s syntra.NewServer) {
	fmt.Fprintf(w, "On the server %s, run:\n\n  %s\n\nThe token is shown this once and is good for one agent.\n", s.Name, s.Command)
}

// connectToServer finds a server by name or id.
func connectToServer(ctx context.Context, name string) (*syntra.API, syntra.Server, error) {
	api, err := connect()
	if err != nil {
		return nil, syntra.Server{}, err
	}
	servers, err := api.AllServers(ctx)
	if err != nil {
		return nil, syntra.Server{}, err
	}
	for _, s := range servers {
		if s.Name == name || s.Id == name {
			return api, s, nil
		}
	}
	return nil, syntra.Server{}, exit{exitMissing, fmt.Errorf("there is no server %q: see `syn server list`", name)}
}
