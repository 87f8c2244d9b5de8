package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
	"github.com/syntra-dev/syntra/source"
)

func (a *app) deployCommand() *cobra.Command {
	var t target
	var server, ref string
	var detach, redeploy bool
	cmd := &cobra.Command{
		Use:   "deploy [DIR]",
		Short: "Deploy a directory (or the service's Git repository, with --ref) and follow it to its end",
		Long: `Packs DIR (default: this directory) without what .gitignore, .dockerignore and .syntraignore leave out, uploads it,
and follows the deployment. Project and service are made at the first time. Ctrl-C stops watching, not the deployment.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			api, err := connect()
			if err != nil {
				return err
			}
			if err := t.complete(dir); err != nil {
				return err
			}
			ctx := cmd.Context()
			request := syntra.CreateDeploymentRequest{}
			switch {
			case redeploy:
				request.Kind = new(syntra.CreateDeploymentRequestKind("redeploy"))
			case ref != "":
				request.Ref = &ref
			default:
				if err := a.upload(ctx, api, dir, &request); err != nil {
					return err
				}
			}
			var made creations
			svc, d, err := a.request(ctx, api, t, server, dir, request, &made)
			if err != nil {
				made.undo(ctx, api, err)
				return err
			}
			abs, err := filepath.Abs(dir)
			if err == nil {
				err = remember(abs, link{Project: t.project, Service: t.service})
			}
			if err != nil {
				a.say("%s", a.paint.amber("note: this directory is not linked to "+t.String()+": "+err.Error()))
			}
			if detach {
				return a.result(summary(svc, d), func(w io.Writer) { fmt.Fprintln(w, d.Id) })
			}
			return a.watch(ctx, api, svc, d)
		},
	}
	t.addFlags(cmd)
	cmd.Flags().StringVar(&server, "server", "", "server for a new service (default: the only one)")
	cmd.Flags().StringVar(&ref, "ref", "", "branch or commit of the service's Git repository to deploy instead of a directory")
	cmd.Flags().BoolVar(&redeploy, "redeploy", false, "deploy the live release's artifact with today's settings and variables")
	cmd.Flags().BoolVar(&detach, "detach", false, "print the deployment's id and leave")
	return cmd
}

// request asks for a deployment, of a service that it makes where there is none.
func (a *app) request(
	ctx context.Context, api *syntra.API, t target, server, dir string, request syntra.CreateDeploymentRequest, made *creations,
) (syntra.Service, syntra.Deployment, error) {
	svc, err := a.ensureService(ctx, api, t, server, dir, made)
	if err != nil {
		return svc, syntra.Deployment{}, err
	}
	d, err := syntra.Read[syntra.Deployment](api.CreateDeployment(ctx, svc.Id, nil, request))
	return svc, d, err
}

// creations are what a run made before it asked for the first deployment.
type creations struct{ project, service string }

// undo leaves nothing empty behind where what follows was refused. Where no answer came, it may go on, and stays. What cannot
// be undone stays, too: it does no harm.
func (c creations) undo(ctx context.Context, api *syntra.API, why error) {
	if status := syntra.StatusOf(why); status < 400 || status >= 500 {
		return
	}
	if c.service != "" {
		_, _ = syntra.Read[struct{}](api.DeleteService(ctx, c.service, nil))
	}
	if c.project != "" {
		_, _ = syntra.Read[struct{}](api.DeleteProject(ctx, c.project, nil))
	}
}

// ensureService finds or makes project and service.
func (a *app) ensureService(
	ctx context.Context, api *syntra.API, t target, server, dir string, made *creations,
) (syntra.Service, error) {
	project, err := a.ensureProject(ctx, api, t.project, made)
	if err != nil {
		return syntra.Service{}, err
	}
	svc, err := findService(ctx, api, project.Id, t.service)
	if err != nil {
		return syntra.Service{}, err
	}
	if svc == nil {
		created, err := a.createService(ctx, api, syntra.CreateServiceRequest{ProjectId: project.Id, Slug: t.service}, server)
		if err != nil {
			return syntra.Service{}, err
		}
		a.say("made service %s", a.paint.bold(t.String()))
		svc, made.service = &created, created.Id
	}
	file, err := source.Config(dir)
	if err != nil {
		return *svc, usageError{err}
	}
	if file == nil {
		return *svc, nil
	}
	if err := a.applyPlacement(ctx, api, *svc, file.Placement); err != nil {
		return *svc, err
	}
	return a.applyFile(ctx, api, *svc, *file)
}

// applyPlacement asks for the placement of a syntra.yaml where the service is placed otherwise. It is done before the
// deployment, in its turn.
func (a *app) applyPlacement(ctx context.Context, api *syntra.API, svc syntra.Service, file []source.Target) error {
	if len(file) == 0 {
		return nil
	}
	servers, err := api.AllServers(ctx)
	if err != nil {
		return err
	}
	targets, err := filed(file, servers)
	if err != nil || sameTargets(svc.Placement, targets) {
		return err
	}
	request := syntra.PlaceServiceRequest{Targets: targets}
	if _, err := syntra.Read[syntra.Deployment](api.PlaceService(ctx, svc.Id, nil, request)); err != nil {
		return fmt.Errorf("apply the placement of %s to the service: %w", source.ConfigFile, err)
	}
	a.say("asked for the placement of %s", source.ConfigFile)
	return nil
}

// ensureProject finds or makes a project.
func (a *app) ensureProject(ctx context.Context, api *syntra.API, slug string, made *creations) (syntra.Project, error) {
	project, err := findProject(ctx, api, slug)
	if err != nil {
		return syntra.Project{}, err
	}
	if project != nil {
		return *project, nil
	}
	created, err := syntra.Read[syntra.Project](api.CreateProject(ctx, nil, syntra.CreateProjectRequest{Slug: slug}))
	if err == nil {
		made.project = created.Id
		a.say("made project %s", a.paint.bold(slug))
	}
	return created, err
}

// createService makes a service on the named server, "" where there is only one.
func (a *app) createService(
	ctx context.Context, api *syntra.API, request syntra.CreateServiceRequest, server string,
) (syntra.Service, error) {
	if server != "" {
		servers, err := api.AllServers(ctx)
		if err != nil {
			return syntra.Service{}, err
		}
		for _, s := range servers {
			if s.Name == server || s.Id == server {
				request.ServerId = &s.Id
			}
		}
		if request.ServerId == nil {
			return syntra.Service{}, exit{exitMissing, fmt.Errorf("there is no server %q: see `syn server list`", server)}
		}
	}
	return syntra.Read[syntra.Service](api.CreateService(ctx, nil, request))
}

// applyFile gives the service the names and the number of replicas of its syntra.yaml; nothing is sent where that changes
// nothing. The rest of the file is the release's own: the agent reads it from the source.
func (a *app) applyFile(ctx context.Context, api *syntra.API, svc syntra.Service, file source.File) (syntra.Service, error) {
	config := svc.Config
	var domains []string
	if config.Domains != nil {
		domains = *config.Domains
	}
	sameDomains := file.Domains == nil || slices.Equal(domains, file.Domains)
	sameReplicas := file.Run.Replicas == 0 || config.Run.Replicas != nil && *config.Run.Replicas == int64(file.Run.Replicas)
	if sameDomains && sameReplicas {
		return svc, nil
	}
	if !sameDomains {
		config.Domains = &file.Domains
	}
	if !sameReplicas {
		config.Run.Replicas = new(int64(file.Run.Replicas))
	}
	body, err := json.Marshal(config)
	if err != nil {
		return svc, err
	}
	etag := fmt.Sprintf("%q", strconv.FormatInt(svc.ConfigVersion, 10))
	changed, err := syntra.Read[syntra.Service](api.SetConfigWithBody(ctx, svc.Id, &syntra.SetConfigParams{IfMatch: &etag}, "application/json", bytes.NewReader(body)))
	if err != nil {
		return svc, fmt.Errorf("apply %s to the service: %w", source.ConfigFile, err)
	}
	a.say("applied domains and replicas of %s", source.ConfigFile)
	return changed, nil
}

// upload packs and sends a directory.
func (a *app) upload(ctx context.Context, api *syntra.API, dir string, request *syntra.CreateDeploymentRequest) error {
	archive, err := os.CreateTemp("", "syn-*.tar.gz")
	if err != nil {
		return err
	}
	defer os.Remove(archive.Name())
	defer archive.Close()
	packed, err := source.Pack(ctx, dir, archive, source.DefaultLimits)
	if err != nil {
		return err
	}
	a.say("%s %d files, %s", a.paint.dim("packed"), packed.Files, bytesOf(packed.ArchiveBytes))
	sent, err := syntra.Read[syntra.Upload](api.CreateUploadWithBody(ctx, nil, "application/gzip", io.NewSectionReader(archive, 0, packed.ArchiveBytes), syntra.Rewindable(archive, packed.ArchiveBytes)))
	if err != nil {
		return fmt.Errorf("upload %s: %w", dir, err)
	}
	request.UploadId = &sent.Id
	commit, found, err := source.Describe(dir)
	if err != nil || !found {
		return err
	}
	request.Commit = &syntra.Commit{Sha: &commit.SHA, Branch: &commit.Branch, Subject: &commit.Subject}
	return nil
}
