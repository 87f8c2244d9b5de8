// Package release is what was built and can be run again at any time: image digest, env version and config version.
// A release never changes.
package release

import (
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
)

// Stream names the release's stream, which holds exactly one event.
func Stream(id string) string { return "release-" + id }

// Artifact is the built program on a server.
type Artifact struct {
	// Runtime that built it and can run it: "docker" or "process".
	Runtime string `json:"runtime"`
	// Digest is the content address: an image id or the hash of the built tree ("sha256:…").
	Digest string `json:"digest"`
	// SizeBytes on disk.
	SizeBytes int64 `json:"size_bytes"`
	// Port is what the image EXPOSEs; 0 where it does not say.
	Port int `json:"port,omitempty"`
}

// Commit is where the source came from; empty for an uploaded directory outside Git.
type Commit struct {
	SHA     string `json:"sha,omitempty"`
	Branch  string `json:"branch,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// Created is the whole release. Config is the snapshot under ConfigVersion, so that a rollback needs nothing else.
type Created struct {
	ReleaseID string `json:"release_id"`
	ServiceID string `json:"service_id"`
	ProjectID string `json:"project_id"`
	// BuiltOn is the server that built the artifact.
	BuiltOn       string         `json:"built_on"`
	DeploymentID  string         `json:"deployment_id"`
	Number        int            `json:"number"`
	Artifact      Artifact       `json:"artifact"`
	Commit        Commit         `json:"commit"`
	EnvVersion    int            `json:"env_version"`
	ConfigVersion int            `json:"config_version"`
	Config        service.Config `json:"config"`
}

func (Created) EventType() string { return "release.created" }

// Release is the state: the one event.
type Release struct{ Created }

// Apply folds one event.
func (r *Release) Apply(e domain.Event) {
	if c, ok := e.(Created); ok {
		r.Created = c
	}
}

// Create records the release; recording it again changes nothing.
func (r *Release) Create(c Created) ([]domain.Event, error) {
	if r.ReleaseID != "" {
		return nil, nil
	}
	if c.Artifact.Digest == "" {
		return nil, domain.Errorf(domain.Invalid, "release %s has no artifact digest", c.ReleaseID)
	}
	return []domain.Event{c}, nil
}
