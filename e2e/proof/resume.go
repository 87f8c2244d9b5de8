// Package proof holds the demonstrations that anyone can run: what must survive, with figures.
package proof

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/e2e/harness"
)

// Victim is what is killed.
type Victim string

const (
	ThePlatform   Victim = "platform"
	TheAgent      Victim = "agent"
	ThePostgres   Victim = "postgres"
	TheClickHouse Victim = "clickhouse"
)

// Victims in the order in which they die.
var Victims = []Victim{ThePlatform, TheAgent, ThePostgres, TheClickHouse}

// allSteps are the ids of the steps of a deployment from source.
var allSteps = func() (ids []string) {
	plan, err := deployment.PlanOf(deployment.Requested{Kind: deployment.Deploy}, deployment.Where{On: []string{"srv"}})
	if err != nil {
		panic(err) // the default strategy is always there
	}
	for _, p := range plan {
		ids = append(ids, p.Step.ID)
	}
	return ids
}()

// ResumeFigures is what Resume saw.
type ResumeFigures struct {
	Rounds      int
	Kills       map[Victim]int
	Steps       map[string]bool
	Lost        int // deployments that did not end as they should
	Doubled     int // deployments of the service that overlapped
	Requests    int64
	Failed      int64
	FirstFailed string
}

// Wrong says which figure is not as promised.
func (f ResumeFigures) Wrong() error {
	if f.Lost > 0 || f.Doubled > 0 || f.Failed > 0 || f.Requests == 0 || len(f.Steps) < len(allSteps) {
		return fmt.Errorf("promised: nothing lost, nothing doubled, no request failed, all %d steps covered (first failed request: %q)", len(allSteps), f.FirstFailed)
	}
	return nil
}

func (f ResumeFigures) String() string {
	kills := 0
	for _, n := range f.Kills {
		kills += n
	}
	return fmt.Sprintf("resume: rounds %d, kills %d (platform %d, agent %d, postgres %d, clickhouse %d), steps %d/%d, lost %d, doubled %d, requests %d, failed %d",
		f.Rounds, kills, f.Kills[ThePlatform], f.Kills[TheAgent], f.Kills[ThePostgres], f.Kills[TheClickHouse],
		len(f.Steps), len(allSteps), f.Lost, f.Doubled, f.Requests, f.Failed)
}

// ending bounds one deployment with a death in its middle.
const ending = 3 * time.Minute

// Resume deploys again and again; each time the victim is killed -9 at the very moment a step has begun. Each deployment
// must then end by itself as if nothing had been, while the service answers every request.
func Resume(ctx context.Context, p *harness.Platform, rounds int, victims []Victim, progress io.Writer) (ResumeFigures, error) {
	f := ResumeFigures{Kills: map[Victim]int{}, Steps: map[string]bool{}}
	source := harness.Source{Dir: filepath.Join(p.DataDir, "source"), Version: "first"}
	first, err := p.Deploy(ctx, source, "prove", "resume")
	if err != nil {
		return f, err
	}
	service, err := p.Service(ctx, first.ServiceID)
	if err != nil {
		return f, err
	}
	load := p.StartLoad(service.Host, "/", 2, time.Hour)
	for round := range rounds {
		for _, victim := range victims {
			for _, step := range allSteps {
				version := fmt.Sprintf("%d-%s-%s", round, victim, step)
				if err := dieAt(ctx, p, first.ServiceID, service.Host, source, version, victim, step); err != nil {
					f.Lost++
					fmt.Fprintf(progress, "  LOST %s killed at %s: %v\n", victim, step, err)
				} else {
					fmt.Fprintf(progress, "  %s killed at %s: ended as it should\n", victim, step)
				}
				f.Kills[victim]++
				f.Steps[step] = true
			}
		}
		f.Rounds++
	}
	report := load.Stop()
	f.Requests, f.Failed, f.FirstFailed = report.Requests, report.Failed, report.First
	f.Doubled, err = overlaps(ctx, p, first.ServiceID)
	return f, err
}

// dieAt deploys a version, has the victim killed at the step, and checks how it ends.
func dieAt(ctx context.Context, p *harness.Platform, serviceID, host string, s harness.Source, version string, victim Victim, step string) error {
	ctx, cancel := context.WithTimeout(ctx, ending)
	defer cancel()
	if err := p.Refresh(); err != nil {
		return err
	}
	pid := map[Victim]int{ThePlatform: p.PIDs.Platform, TheAgent: p.PIDs.Agent, ThePostgres: p.PIDs.Postgres, TheClickHouse: p.PIDs.ClickHouse}[victim]
	point := filepath.Join(p.FaultDir(), "deploy."+step+".begun")
	if err := os.WriteFile(point, []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return err
	}
	s.Version = version
	if err := s.Write(); err != nil {
		return err
	}
	id, err := p.Submit(ctx, serviceID, s.Dir)
	if err != nil {
		return err
	}
	if victim == ThePlatform {
		select {
		case <-p.Gone():
		case <-ctx.Done():
			return fmt.Errorf("the platform was never killed: deployment %s did not reach %s", id, step)
		}
		if err := p.Restart(ctx); err != nil {
			return err
		}
	}
	if _, err := p.Succeeded(ctx, id); err != nil {
		return err
	}
	if _, err := os.Stat(point); err == nil {
		return fmt.Errorf("deployment %s ended without passing %s", id, filepath.Base(point))
	}
	return p.Answers(ctx, host, "/", version)
}

// overlaps counts the deployments of a service that ran while another did.
func overlaps(ctx context.Context, p *harness.Platform, serviceID string) (int, error) {
	type span struct {
		ID        string     `json:"id"`
		StartedAt *time.Time `json:"started_at"`
		EndedAt   *time.Time `json:"ended_at"`
	}
	var all []span
	for cursor := ""; ; {
		var page struct {
			Items []span `json:"items"`
			Next  string `json:"next_cursor"`
		}
		if err := p.Do(ctx, http.MethodGet, "/deployments?service="+serviceID+"&limit=100&cursor="+cursor, nil, &page); err != nil {
			return 0, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	doubled := 0
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.StartedAt == nil || b.StartedAt == nil || a.EndedAt == nil || b.EndedAt == nil {
				continue
			}
			if a.StartedAt.Before(*b.EndedAt) && b.StartedAt.Before(*a.EndedAt) {
				doubled++
			}
		}
	}
	return doubled, nil
}
