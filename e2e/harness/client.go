package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/projections"
)

// Problem is an RFC 9457 answer.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// Do sends a request with the owner's token; in and out are JSON and may be nil. A refusal is a *Problem.
func (p *Platform) Do(ctx context.Context, method, path string, in, out any, headers ...string) error {
	var body io.Reader
	switch in := in.(type) {
	case nil:
	case io.Reader:
		body = in
	default:
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.URL+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", "application/json")
	if at, ok := p.position.Load().(string); ok && method == http.MethodGet {
		req.Header.Set("Syntra-Position", at)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if at := res.Header.Get("Syntra-Position"); at != "" && method != http.MethodGet {
		p.position.Store(at)
	}
	if res.StatusCode >= 400 {
		problem := &Problem{Status: res.StatusCode, Detail: string(raw)}
		_ = json.Unmarshal(raw, problem)
		return problem
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// Syn runs the command line against this platform and answers its standard output.
func (p *Platform) Syn(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, Bin("syn"), args...)
	cmd.Env = append(os.Environ(), "SYNTRA_URL="+p.URL, "SYNTRA_TOKEN="+p.Token, "NO_COLOR=1", "HOME="+p.DataDir, "XDG_CONFIG_HOME="+filepath.Join(p.DataDir, "config"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("syn %v: %w\n%s%s", args, err, out, stderr.Bytes())
	}
	return out, nil
}

// Deployment answers one deployment.
func (p *Platform) Deployment(ctx context.Context, id string) (projections.Deployment, error) {
	var d projections.Deployment
	return d, p.Do(ctx, http.MethodGet, "/deployments/"+id, nil, &d)
}

// Service answers one service.
func (p *Platform) Service(ctx context.Context, id string) (projections.Service, error) {
	var s projections.Service
	return s, p.Do(ctx, http.MethodGet, "/services/"+id, nil, &s)
}

// AwaitDeployment waits until a deployment has ended, riding out a platform that is away.
func (p *Platform) AwaitDeployment(ctx context.Context, id string) (projections.Deployment, error) {
	var last error
	for {
		d, err := p.Deployment(ctx, id)
		if err == nil && d.Status.Ended() {
			return d, nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return d, fmt.Errorf("deployment %s stands at %q (%s): %w (last error: %w)", id, d.Status, d.Waiting, ctx.Err(), last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Succeeded waits for a deployment's success and answers an error with its reason otherwise.
func (p *Platform) Succeeded(ctx context.Context, id string) (projections.Deployment, error) {
	d, err := p.AwaitDeployment(ctx, id)
	if err == nil && d.Status != deployment.StatusSucceeded {
		err = fmt.Errorf("deployment %s ended %s at %s (%s): %s", id, d.Status, d.FailedStep, d.Code, d.Reason)
	}
	return d, err
}
