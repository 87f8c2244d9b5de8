package harness

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// removeContainers removes what this platform's agent made on a Docker engine, and nothing else: everything bears the
// scope that the agent keeps in its data folder.
func (p *Platform) removeContainers() {
	scope, err := os.ReadFile(filepath.Join(p.DataDir, "agent", "docker-scope"))
	if err != nil || len(scope) == 0 {
		return
	}
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return
	}
	defer engine.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ours := filters.NewArgs(filters.Arg("label", "dev.syntra.managed=true"), filters.Arg("label", "dev.syntra.scope="+string(scope)))
	containers, err := engine.ContainerList(ctx, container.ListOptions{All: true, Filters: ours})
	if err != nil {
		return // no engine answers: there is nothing to remove
	}
	for _, c := range containers {
		_ = engine.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
	}
	images, _ := engine.ImageList(ctx, image.ListOptions{Filters: ours})
	for _, i := range images {
		_, _ = engine.ImageRemove(ctx, i.ID, image.RemoveOptions{Force: true})
	}
}
