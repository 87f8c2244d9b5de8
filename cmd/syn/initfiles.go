package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/source/detect"
	"github.com/syntra-dev/syntra/source/imports"
)

// initialized is what syn init found and makes of it.
type initialized struct {
	Kind    string   `json:"kind"`
	Why     []string `json:"why"`
	Install []string `json:"install"`
	Build   []string `json:"build"`
	Start   string   `json:"start,omitempty"`
	Static  string   `json:"static,omitempty"`
	Missing []string `json:"missing"`
	Notices []string `json:"notices"`
	// Env are the variables to set, as NAME or NAME=value.
	Env  []string          `json:"env"`
	Lost []string          `json:"lost"`
	File map[string]string `json:"files"` // path → content
}

// initOf looks at a directory. Of several services each gets the file of its own folder.
func initOf(dir string) (initialized, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return initialized{}, err
	}
	defer root.Close()
	plan, err := detect.Detect(root.FS(), detect.Options{})
	if err != nil {
		return initialized{}, err
	}
	found, err := imports.Read(root.FS())
	if err != nil {
		return initialized{}, err
	}
	made := initialized{
		Kind: plan.Kind(), Why: plan.Why, Install: plan.Install, Build: plan.Build, Start: plan.Start, Missing: plan.Missing,
		Notices: plan.Notices, File: map[string]string{},
	}
	if plan.Static != nil {
		made.Static = plan.Static.Dir
	}
	for _, v := range plan.Env {
		made.Env = append(made.Env, v.Name)
	}
	services := made.take(found, dir)
	for _, s := range services {
		where, comments := filepath.Join(dir, filepath.FromSlash(s.Directory)), []string{"Made by syn init."}
		if s.Directory == "" {
			comments = append(comments, comment(plan)...)
		}
		text, err := imports.Write(s.Config, comments...)
		if err != nil {
			return made, err
		}
		made.File[filepath.Join(where, source.ConfigFile)] = text
	}
	return made, nil
}

// take returns the services of the first file that has some; without one there is one service named after the folder.
func (made *initialized) take(found []imports.Found, dir string) []imports.Service {
	var services []imports.Service
	for _, f := range found {
		for _, lost := range f.Lost {
			made.Lost = append(made.Lost, f.File+": "+lost)
		}
		if len(services) > 0 && len(f.Services) > 0 {
			made.Lost = append(made.Lost, f.File+": another file was taken")
			continue
		}
		services = f.Services
		for _, s := range f.Services {
			for _, name := range s.Names() {
				made.Env = append(made.Env, strings.TrimSuffix(name+"="+s.Env[name], "="))
			}
		}
	}
	if len(services) == 0 {
		services = []imports.Service{{}}
	}
	for i := range services {
		if services[i].Config.Service == "" {
			services[i].Config.Service = folderName(dir, services[i].Directory)
		}
	}
	return services
}

// comment says in the file what happens without it.
func comment(plan detect.Plan) []string {
	if plan.Language == "" {
		return plan.Missing
	}
	lines := []string{
		plan.Kind() + ", found by " + strings.Join(plan.Why, ", ") + ".",
		"What happens unless build.command and run.command say otherwise:",
	}
	for _, c := range slices.Concat(plan.Install, plan.Build) {
		lines = append(lines, "  "+c)
	}
	switch {
	case plan.Static != nil:
		lines = append(lines, "  the pages in "+plan.Static.Dir+" are served")
	case plan.Start != "":
		lines = append(lines, "  "+plan.Start)
	}
	return append(lines, plan.Missing...)
}

func (made initialized) write(force bool) error {
	for path := range made.File {
		if _, err := os.Stat(path); err == nil && !force {
			return usageError{fmt.Errorf("%s is there already: --force replaces it, --print shows what would be written", path)}
		}
	}
	for path, text := range made.File {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// folderName is the name of a service after its folder.
func folderName(dir, below string) string {
	abs, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(below)))
	if err != nil {
		return ""
	}
	return slug(filepath.Base(abs))
}
