package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/dev/state"
	syntra "github.com/syntra-dev/syntra/sdk/go"
	"github.com/syntra-dev/syntra/source"
)

// deploySample deploys examples/hello at the first start; later it only finds it.
func (d *devRun) deploySample(ctx context.Context) error {
	dir := filepath.Join("examples", "hello")
	if _, err := os.Stat(dir); err != nil {
		fmt.Fprintf(d.out, "  – no sample: %s is not here (start in the repository to see it)\n", dir)
		return nil //nolint:nilerr // outside of the repository there is no sample
	}
	svc, err := d.sampleService(ctx)
	if err != nil {
		return err
	}
	d.sample = svc.Url
	if svc.Live != nil {
		return nil
	}
	var id string
	if svc.Deployment != nil && !ended(svc.Deployment.Status) {
		id = svc.Deployment.Id // the last start was interrupted; the deployment was not
	} else if id, err = d.submitSample(ctx, svc.Id, dir); err != nil {
		return fmt.Errorf("deploy the sample: %w", err)
	}
	return d.followSample(ctx, id)
}

func ended(status syntra.DeploymentRefStatus) bool {
	switch status {
	case "succeeded", "failed", "cancelled", "superseded":
		return true
	}
	return false
}

func (d *devRun) sampleService(ctx context.Context) (syntra.Service, error) {
	services, err := d.api.AllServices(ctx, "")
	if err != nil {
		return syntra.Service{}, err
	}
	for _, s := range services {
		if s.ProjectSlug == "examples" && s.Slug == "hello" {
			return s, nil
		}
	}
	project, err := syntra.Read[syntra.Project](d.api.CreateProject(ctx, nil, syntra.CreateProjectRequest{Slug: "examples", Name: new("Examples")}))
	if err != nil {
		return syntra.Service{}, err
	}
	return syntra.Read[syntra.Service](d.api.CreateService(ctx, nil, syntra.CreateServiceRequest{ProjectId: project.Id, Slug: "hello", Name: new("Hello"), ServerId: &d.serverID}))
}

func (d *devRun) submitSample(ctx context.Context, serviceID, dir string) (string, error) {
	archive, err := os.CreateTemp(d.DataDir, "sample-*.tar.gz")
	if err != nil {
		return "", err
	}
	defer os.Remove(archive.Name())
	defer archive.Close()
	packed, err := source.Pack(ctx, dir, archive, source.DefaultLimits)
	if err != nil {
		return "", err
	}
	upload, err := syntra.Read[syntra.Upload](d.api.CreateUploadWithBody(ctx, nil, "application/gzip", io.NewSectionReader(archive, 0, packed.ArchiveBytes), syntra.Rewindable(archive, packed.ArchiveBytes)))
	if err != nil {
		return "", err
	}
	made, err := syntra.Read[syntra.Deployment](d.api.CreateDeployment(ctx, serviceID, nil, syntra.CreateDeploymentRequest{UploadId: &upload.Id}))
	return made.Id, err
}

// followSample shows the steps of the first deployment.
func (d *devRun) followSample(ctx context.Context, id string) error {
	fmt.Fprintf(d.out, "  deploying examples/hello …\n")
	shown := map[string]bool{}
	for {
		dep, err := syntra.Read[syntra.Deployment](d.api.GetDeployment(ctx, id, nil))
		if err != nil {
			return err
		}
		for _, s := range dep.Steps {
			if s.Status == "succeeded" && !shown[s.Id] {
				shown[s.Id] = true
				fmt.Fprintf(d.out, "    ✓ %s\n", s.Id)
			}
		}
		switch dep.Status {
		case "succeeded":
			return nil
		case "failed", "cancelled", "superseded":
			reason := ""
			if dep.Reason != nil {
				reason = *dep.Reason
			}
			fmt.Fprintf(d.out, "    ✗ the sample's deployment ended %s: %s\n", dep.Status, reason)
			d.sample = ""
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(150 * time.Millisecond):
		}
	}
}

// pids of everything that runs here.
func (d *devRun) pids() state.PIDs {
	p := state.PIDs{Platform: os.Getpid()}
	if e := d.platform.engines; e.postgres != nil {
		p.Postgres = e.postgres.pid()
	}
	if e := d.platform.engines; e.clickhouse != nil {
		p.ClickHouse = e.clickhouse.Pid()
	}
	p.Agent, p.Edge = d.neighbours()
	return p
}
