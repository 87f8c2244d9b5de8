package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/source"
)

// Fetch asks the edge for a path of a host and answers status and body.
func (p *Platform) Fetch(ctx context.Context, host, path string) (int, string, error) {
	return fetch(ctx, fmt.Sprintf("127.0.0.1:%d", p.EdgeHTTP), host, path)
}

func fetch(ctx context.Context, edge, host, path string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+edge+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, strings.TrimSpace(string(body)), err
}

// Answers checks that a host answers 200 with this body, now.
func (p *Platform) Answers(ctx context.Context, host, path, want string) error {
	status, body, err := p.Fetch(ctx, host, path)
	if err == nil && (status != http.StatusOK || body != want) {
		err = fmt.Errorf("%s%s answers %d %.200q, want 200 %q", host, path, status, body, want)
	}
	return err
}

// Submit uploads a folder and asks for a deployment without waiting for it. The request's key makes a retry the same
// deployment, so a platform that dies in the middle of the answer is asked again.
func (p *Platform) Submit(ctx context.Context, serviceID, dir string) (deploymentID string, err error) {
	archive, err := os.CreateTemp(p.DataDir, "upload-*.tar.gz")
	if err != nil {
		return "", err
	}
	defer os.Remove(archive.Name())
	defer archive.Close()
	if _, err := source.Pack(ctx, dir, archive, source.DefaultLimits); err != nil {
		return "", err
	}
	key := fmt.Sprintf("submit-%d", time.Now().UnixNano())
	uploadID := ""
	for {
		if uploadID == "" {
			uploadID, err = p.upload(ctx, archive)
		}
		if err == nil {
			var d projections.Deployment
			err = p.Do(ctx, http.MethodPost, "/services/"+serviceID+"/deployments", map[string]string{"upload_id": uploadID}, &d, "Idempotency-Key", key)
			if err == nil {
				return d.ID, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("submit %s: %w", dir, err)
		case <-p.Gone():
			return "", fmt.Errorf("the platform died while taking the request: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
		err = nil
	}
}

func (p *Platform) upload(ctx context.Context, archive *os.File) (string, error) {
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	var upload struct {
		ID string `json:"id"`
	}
	err := p.Do(ctx, http.MethodPost, "/uploads", io.NopCloser(archive), &upload, "Content-Type", "application/gzip")
	return upload.ID, err
}

// Look asks the control plane for a page outside the API, such as /healthz, and answers status and body.
func (p *Platform) Look(ctx context.Context, path string) (int, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return 0, err.Error()
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}
