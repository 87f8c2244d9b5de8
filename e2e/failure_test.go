package e2e

import (
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// A release that cannot serve is never let near the traffic, and the reason reaches whoever asks, wherever they ask.
func TestAReleaseThatCannotServeLeavesTheOldOneServing(t *testing.T) {
	ctx, p := story(t)
	good, err := p.Deploy(ctx, program(t, "good", nil), "failures", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, good.ServiceID)
	require.NoError(t, err)
	configure(ctx, t, p, good.ServiceID, func(s *projections.Service) { s.Config.Health.DeadlineSeconds = 3 })

	for _, story := range []struct {
		name   string
		marks  map[string]string
		change func(*projections.Service)
		step   deployment.StepKind
		code   string
		reason string // part of what a person reads
	}{
		{name: "the build breaks", marks: map[string]string{"syntra.yaml": "build:\n  command: echo no such header && exit 7\nrun:\n  command: ./service\n"},
			step: deployment.Build, code: "build_failed", reason: "no such header"},
		{name: "it crashes at boot", marks: map[string]string{"CRASH": "cannot read the licence\n"},
			step: deployment.Health, code: "crashed", reason: "cannot read the licence"},
		{name: "its health never passes", marks: map[string]string{"SICK": ""},
			step: deployment.Health, code: "unhealthy", reason: "503"},
		{name: "it opens no port", marks: map[string]string{"MUTE": ""},
			step: deployment.Health, code: "port_closed", reason: "PORT"},
		{name: "its artifact is over the disk quota", change: func(s *projections.Service) { s.Config.Run.DiskMB = 1 },
			step: deployment.Build, code: "artifact_too_big", reason: "1 MB"},
	} {
		t.Run(story.name, func(t *testing.T) {
			if story.change != nil {
				configure(ctx, t, p, good.ServiceID, story.change)
				t.Cleanup(func() { configure(ctx, t, p, good.ServiceID, func(s *projections.Service) { s.Config.Run.DiskMB = 0 }) })
			}
			load := p.StartLoad(service.Host, "/", 2, limit)

			ended, err := p.Deploy(ctx, program(t, "bad", story.marks), "failures", "web")

			require.Error(t, err, "syn must exit non-zero")
			require.Contains(t, err.Error(), story.reason, "syn must tell the reason")
			require.Equal(t, "failed", ended.Status)
			d, err := p.Deployment(ctx, ended.DeploymentID)
			require.NoError(t, err)
			require.Equal(t, deployment.StatusFailed, d.Status)
			require.Equal(t, string(story.step), d.FailedStep, d.Reason)
			require.Equal(t, story.code, d.Code, d.Reason)
			require.Contains(t, d.Reason, story.reason)
			report := load.Stop()
			require.Zero(t, report.Failed, report.First)
			require.Equal(t, report.Requests, report.Versions["good"], "a request reached the bad release")
		})
	}
}

func TestADeploymentWaitsForAnOfflineAgentAndSaysSo(t *testing.T) {
	ctx, p := story(t)
	var added struct {
		ID string `json:"id"`
	}
	require.NoError(t, p.Do(ctx, http.MethodPost, "/servers", map[string]string{"name": "never-there"}, &added))
	service := create(ctx, t, p, "offline", "web", added.ID)
	configure(ctx, t, p, service.ID, func(s *projections.Service) { s.Config.Rollout.AgentDeadlineSeconds = 3 })
	source := program(t, "one", nil)
	require.NoError(t, source.Write())

	id, err := p.Submit(ctx, service.ID, source.Dir)

	require.NoError(t, err)
	eventually(ctx, t, "the deployment says what it waits for", func() bool {
		d, err := p.Deployment(ctx, id)
		return err == nil && d.Waiting != ""
	})
	d, err := p.AwaitDeployment(ctx, id)
	require.NoError(t, err)
	require.Equal(t, deployment.StatusFailed, d.Status)
	require.Equal(t, "agent_offline", d.Code)
	require.Contains(t, d.Reason, "never-there", "the reason must name the server")
}

func TestAnAgentThatIsLostInTheMiddleIsWaitedFor(t *testing.T) {
	ctx, p := own(t, harness.Options{})
	first, err := p.Deploy(ctx, program(t, "one", nil), "lost", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, first.ServiceID)
	require.NoError(t, err)
	slow := program(t, "two", map[string]string{"syntra.yaml": "build:\n  command: sleep 3\nrun:\n  command: ./service\n"})
	require.NoError(t, slow.Write())
	id, err := p.Submit(ctx, first.ServiceID, slow.Dir)
	require.NoError(t, err)
	eventually(ctx, t, "the build runs", func() bool {
		d, err := p.Deployment(ctx, id)
		return err == nil && isRunning(d, deployment.Build)
	})

	require.NoError(t, p.Refresh())
	require.NoError(t, syscall.Kill(p.PIDs.Agent, syscall.SIGKILL))

	require.NoError(t, p.Answers(ctx, service.Host, "/", "one"), "the old release must serve without an agent")
	_, err = p.Succeeded(ctx, id)
	require.NoError(t, err, "`syntra dev` starts the agent again, and the deployment goes on")
	require.NoError(t, p.Answers(ctx, service.Host, "/", "two"))
}
