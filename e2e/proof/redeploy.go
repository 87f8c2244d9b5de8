package proof

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// RedeployFigures is what Redeploy saw.
type RedeployFigures struct {
	Deploys     int
	Rollbacks   int
	Requests    int64
	Failed      int64
	FirstFailed string
	// Unseen are versions that were live and never answered a request of the load.
	Unseen []string
}

// Wrong says which figure is not as promised.
func (f RedeployFigures) Wrong() error {
	if f.Failed > 0 || f.Requests == 0 || len(f.Unseen) > 0 {
		return fmt.Errorf("promised: no failed request, every version seen (first failed request: %q, unseen: %v)", f.FirstFailed, f.Unseen)
	}
	return nil
}

func (f RedeployFigures) String() string {
	return fmt.Sprintf("redeploy: deploys %d, rollbacks %d, requests %d, failed %d", f.Deploys, f.Rollbacks, f.Requests, f.Failed)
}

// Redeploy deploys a new version and rolls back to the one before, again and again under load.
func Redeploy(ctx context.Context, p *harness.Platform, rounds int, docker bool, progress io.Writer) (RedeployFigures, error) {
	var f RedeployFigures
	source := harness.Source{Dir: filepath.Join(p.DataDir, "source"), Version: "first", Docker: docker}
	name := map[bool]string{true: "redeploy-docker", false: "redeploy"}[docker]
	first, err := p.Deploy(ctx, source, "prove", name)
	if err != nil {
		return f, err
	}
	service, err := p.Service(ctx, first.ServiceID)
	if err != nil {
		return f, err
	}
	load := p.StartLoad(service.Host, "/", 4, time.Hour)
	versions := []string{"first"}
	for round := range rounds {
		source.Version = fmt.Sprintf("round-%d", round)
		versions = append(versions, source.Version)
		if _, err := p.Deploy(ctx, source, "prove", name); err != nil {
			return f, err
		}
		if err := p.Answers(ctx, service.Host, "/", source.Version); err != nil {
			return f, err
		}
		f.Deploys++
		before := load.Requests()
		var rollback projections.Deployment
		if err := p.Do(ctx, http.MethodPost, "/services/"+first.ServiceID+"/rollback", map[string]string{"release_id": first.ReleaseID}, &rollback); err != nil {
			return f, err
		}
		if _, err := p.Succeeded(ctx, rollback.ID); err != nil {
			return f, err
		}
		if err := p.Answers(ctx, service.Host, "/", "first"); err != nil {
			return f, err
		}
		f.Rollbacks++
		fmt.Fprintf(progress, "  %s live and rolled back, %d requests meanwhile\n", source.Version, load.Requests()-before)
	}
	report := load.Stop()
	f.Requests, f.Failed, f.FirstFailed = report.Requests, report.Failed, report.First
	for _, v := range versions {
		if report.Versions[v] == 0 {
			f.Unseen = append(f.Unseen, v)
		}
	}
	return f, nil
}
