package docker

import (
	"context"
	"slices"
	"strconv"
)

// Processes returns the ids of a running replica's processes, as this host knows them.
func (r *Runtime) Processes(ctx context.Context, name string) ([]int, error) {
	api, err := r.engine()
	if err != nil {
		return nil, err
	}
	c, err := r.find(ctx, api, name)
	if err != nil {
		return nil, err
	}
	top, err := api.ContainerTop(ctx, c.ID, nil)
	if err != nil {
		return nil, r.wrap(err, "list the processes of %s", name)
	}
	column := slices.Index(top.Titles, "PID")
	var pids []int
	for _, row := range top.Processes {
		if column >= 0 && column < len(row) {
			if pid, err := strconv.Atoi(row[column]); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}
