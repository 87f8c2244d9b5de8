package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func (a *app) rollbackCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "rollback [RELEASE]",
		Short: "Go back to an earlier release, whole: artifact, variables and settings",
		Long:  "RELEASE is a number (7 or #7) or an id from `syn releases`; without it, the release that was live before. Automatic deployments stop until a person resumes them.",
		Args:  maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			svc, err := t.find(ctx, api)
			if err != nil {
				return err
			}
			var request syntra.RollbackRequest
			if len(args) == 1 {
				id, err := findRelease(ctx, api, svc.Id, args[0])
				if err != nil {
					return err
				}
				request.ReleaseId = &id
			}
			d, err := syntra.Read[syntra.Deployment](api.Rollback(ctx, svc.Id, nil, request))
			if err != nil {
				return err
			}
			return a.watch(ctx, api, svc, d)
		},
	}
	t.addFlags(cmd)
	return cmd
}

// findRelease turns what a person types into an id.
func findRelease(ctx context.Context, api *syntra.API, serviceID, name string) (string, error) {
	number, err := strconv.ParseInt(strings.TrimPrefix(name, "#"), 10, 64)
	if err != nil {
		return name, nil //nolint:nilerr // no number: it is an id
	}
	params := &syntra.ListReleasesParams{Limit: new(int64(200))}
	for {
		page, err := syntra.Read[syntra.PageRelease](api.ListReleases(ctx, serviceID, params))
		if err != nil {
			return "", err
		}
		for _, r := range page.Items {
			if r.Number == number {
				return r.Id, nil
			}
		}
		if page.NextCursor == nil || *page.NextCursor == "" {
			return "", exit{exitMissing, fmt.Errorf("there is no release #%d: see `syn releases`", number)}
		}
		params.Cursor = page.NextCursor
	}
}
