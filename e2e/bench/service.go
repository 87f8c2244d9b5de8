package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// service is the container sample on the platform.
type service struct {
	p    *harness.Platform
	id   string
	host string
}

// oneDeploy bounds one deployment.
const oneDeploy = 3 * time.Minute

// firstDeploy makes the service and warms both sides: the first build of an engine takes longer than all that follow.
func firstDeploy(ctx context.Context, p *harness.Platform, hand *byHand) (*service, error) {
	ctx, cancel := context.WithTimeout(ctx, oneDeploy)
	defer cancel()
	src := sample(p, "first")
	d, err := p.Deploy(ctx, src, "bench", "sample")
	if err != nil {
		return nil, err
	}
	s, err := p.Service(ctx, d.ServiceID)
	if err != nil {
		return nil, err
	}
	_, container, err := hand.deploy(ctx, src.Dir, src.Version)
	if err == nil {
		err = hand.remove(ctx, container)
	}
	return &service{p: p, id: d.ServiceID, host: s.Host}, err
}

// sample is a source that no build has seen before.
func sample(p *harness.Platform, version string) harness.Source {
	return harness.Source{Dir: filepath.Join(p.DataDir, "source"), Version: version, Docker: true}
}

// answers waits for a version through the edge.
func (s *service) answers(ctx context.Context, version string) error {
	return answered(ctx, fmt.Sprintf("http://127.0.0.1:%d/", s.p.EdgeHTTP), s.host, version)
}

// deployed is one deployment with syn.
type deployed struct {
	began    time.Time
	answered time.Time // the first 200 of the new version through the edge
	exited   time.Time // syn's end
	projections.Deployment
}

// deploy runs `syn deploy` as a person does and waits beside it for the new version.
func (s *service) deploy(ctx context.Context, dir, version string) (deployed, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, oneDeploy, fmt.Errorf("no answer within %s", oneDeploy))
	defer cancel()
	// The answer is waited for with a context of its own: it ends when syn has failed.
	waiting, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	type end struct {
		out []byte
		err error
		at  time.Time
	}
	ended := make(chan end, 1)
	d := deployed{began: time.Now()}
	go func() {
		out, err := s.p.Syn(ctx, "deploy", dir, "--project", "bench", "--service", "sample", "--json")
		if err != nil {
			giveUp(err)
		}
		ended <- end{out, err, time.Now()}
	}()
	err := s.answers(waiting, version)
	d.answered = time.Now()
	e := <-ended
	d.exited = e.at
	if e.err != nil {
		return d, e.err
	}
	if err != nil {
		return d, err
	}
	lines := bytes.Split(bytes.TrimSpace(e.out), []byte("\n"))
	var last harness.Deployed
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		return d, fmt.Errorf("syn deploy ended without its result: %w", err)
	}
	d.Deployment, err = s.p.Succeeded(ctx, last.DeploymentID)
	return d, err
}

// rollback asks for a release and waits for its version.
func (s *service) rollback(ctx context.Context, releaseID, version string) (deployed, error) {
	ctx, cancel := context.WithTimeout(ctx, oneDeploy)
	defer cancel()
	d := deployed{began: time.Now()}
	if err := s.p.Do(ctx, http.MethodPost, "/services/"+s.id+"/rollback", map[string]string{"release_id": releaseID}, &d.Deployment); err != nil {
		return d, err
	}
	if err := s.answers(ctx, version); err != nil {
		return d, err
	}
	d.answered = time.Now()
	var err error
	d.Deployment, err = s.p.Succeeded(ctx, d.ID)
	d.exited = time.Now()
	return d, err
}

// remove deletes the service and waits until its containers are gone, then removes its images.
func (s *service) remove(hand *byHand) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	scope, err := os.ReadFile(filepath.Join(s.p.DataDir, "agent", "docker-scope"))
	if err == nil {
		err = s.p.Do(ctx, http.MethodDelete, "/services/"+s.id, nil, nil)
	}
	if err == nil {
		err = hand.removeLabelled(ctx, "dev.syntra.scope="+string(scope))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: what the service left at the engine stays there:", err)
	}
}
