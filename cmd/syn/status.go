package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show every service: its state, live release, servers and address",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			services, err := api.AllServices(cmd.Context(), "")
			if err != nil {
				return err
			}
			servers, err := api.AllServers(cmd.Context())
			if err != nil {
				return err
			}
			return a.result(services, func(w io.Writer) {
				if len(services) == 0 {
					fmt.Fprintln(w, "No services yet. In the directory of a program, run: syn deploy")
					return
				}
				var rows [][]string
				for _, s := range services {
					rows = append(rows, serviceRow(s, servers))
				}
				table(w, []string{"SERVICE", "STATE", "RELEASE", "SERVERS", "LAST DEPLOYMENT", "URL"}, rows)
			})
		},
	}
}

func serviceRow(s syntra.Service, servers []syntra.Server) []string {
	last := "-"
	if s.Deployment != nil {
		last = string(s.Deployment.Status) + " " + ago(s.Deployment.At)
	}
	return []string{
		s.ProjectSlug + "/" + s.Slug, stateText(s, servers), releaseText(s), placementText(s, servers), last, s.Url,
	}
}

// releaseText tells which release is live, or how several share the traffic: "#8 90 %, #9 10 %".
func releaseText(s syntra.Service) string {
	if len(s.Traffic) > 1 {
		var shares []string
		for _, share := range s.Traffic {
			shares = append(shares, fmt.Sprintf("#%d %g %%", share.Number, share.WeightPercent))
		}
		return strings.Join(shares, ", ")
	}
	if s.Live == nil {
		return "-"
	}
	release := "#" + strconv.FormatInt(s.Live.Number, 10)
	if sha := text(s.Live.Commit.Sha); sha != "" {
		release += " " + sha[:min(7, len(sha))]
	}
	return release
}

func (a *app) releasesCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "releases",
		Short: "List a service's releases, newest first",
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
			page, err := syntra.Read[syntra.PageRelease](api.ListReleases(cmd.Context(), svc.Id, nil))
			if err != nil {
				return err
			}
			return a.result(page.Items, func(w io.Writer) {
				var rows [][]string
				for _, r := range page.Items {
					sha := text(r.Commit.Sha)
					rows = append(rows, []string{"#" + strconv.FormatInt(r.Number, 10), string(r.State), sha[:min(7, len(sha))], text(r.Commit.Subject), ago(r.CreatedAt), r.Id})
				}
				table(w, []string{"RELEASE", "STATE", "COMMIT", "SUBJECT", "MADE", "ID"}, rows)
			})
		},
	}
	t.addFlags(cmd)
	return cmd
}

func (a *app) openCommand() *cobra.Command {
	var t target
	var dashboard bool
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open a service in the browser (or its dashboard page)",
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
			url := svc.Url
			if dashboard {
				url = strings.TrimRight(api.Base(), "/") + "/services/" + svc.Id
			}
			if err := a.result(map[string]string{"url": url}, func(w io.Writer) { fmt.Fprintln(w, url) }); err != nil {
				return err
			}
			if !a.json {
				browse(url)
			}
			return nil
		},
	}
	t.addFlags(cmd)
	cmd.Flags().BoolVar(&dashboard, "dashboard", false, "open the service's page in the dashboard")
	return cmd
}
