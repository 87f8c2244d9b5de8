package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	syntra "github.com/syntra-dev/syntra/sdk/go"
	"github.com/syntra-dev/syntra/source"
)

// connect returns the API that this run speaks to.
func connect() (*syntra.API, error) {
	c, err := readConfig()
	if err != nil {
		return nil, err
	}
	url, token := c.environment()
	if slug := os.Getenv("SYNTRA_ORG"); slug != "" && token == "" && len(c.Organizations) > 0 {
		return nil, noToken(slug)
	}
	if url == "" || token == "" {
		return nil, errNotLoggedIn
	}
	return syntra.New(url, token)
}

// target names the service that a command is about.
type target struct{ project, service string }

func (t *target) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&t.project, "project", "p", "", "project (default: what this directory was deployed to last, or syntra.yaml)")
	cmd.Flags().StringVarP(&t.service, "service", "s", "", "service (default: what this directory was deployed to last, or syntra.yaml)")
}

// defaultProject is where a first deployment goes that names no project.
const defaultProject = "default"

// complete fills what the flags left out: from the link of the directory, its syntra.yaml, its name.
func (t *target) complete(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	c, err := readConfig()
	if err != nil {
		return err
	}
	file, err := source.Config(abs)
	if err != nil {
		return usageError{err}
	}
	linked := c.linked(abs)
	candidates := []link{linked}
	if file != nil {
		candidates = append(candidates, link{Project: file.Project, Service: file.Service})
	}
	candidates = append(candidates, link{Project: defaultProject, Service: slug(filepath.Base(abs))})
	for _, l := range candidates {
		if t.project == "" {
			t.project = l.Project
		}
		if t.service == "" {
			t.service = l.Service
		}
	}
	return nil
}

func (t target) String() string { return t.project + "/" + t.service }

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a directory's name fit for a host name.
func slug(name string) string {
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" {
		return "app"
	}
	return strings.Trim(s[:min(len(s), 30)], "-")
}

// find returns the service that the target names in the working directory.
func (t *target) find(ctx context.Context, api *syntra.API) (syntra.Service, error) {
	dir, err := os.Getwd()
	if err != nil {
		return syntra.Service{}, err
	}
	if err := t.complete(dir); err != nil {
		return syntra.Service{}, err
	}
	project, err := findProject(ctx, api, t.project)
	if err == nil && project == nil {
		err = exit{exitMissing, fmt.Errorf("there is no project %q: deploy to it first, or name another with --project", t.project)}
	}
	if err != nil {
		return syntra.Service{}, err
	}
	service, err := findService(ctx, api, project.Id, t.service)
	if err == nil && service == nil {
		err = exit{exitMissing, fmt.Errorf("there is no service %q in project %q: deploy it first, or name another with --service", t.service, t.project)}
	}
	if err != nil {
		return syntra.Service{}, err
	}
	return *service, nil
}

func findProject(ctx context.Context, api *syntra.API, slug string) (*syntra.Project, error) {
	projects, err := api.AllProjects(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range projects {
		if p.Slug == slug || p.Id == slug {
			return &p, nil
		}
	}
	return nil, nil
}

func findService(ctx context.Context, api *syntra.API, projectID, slug string) (*syntra.Service, error) {
	services, err := api.AllServices(ctx, projectID)
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		if s.Slug == slug || s.Id == slug {
			return &s, nil
		}
	}
	return nil, nil
}

// text reads an optional field.
func text[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}
