// Package artifact is the port to where artifacts are kept when they leave the server that built them:
// content-addressed OCI manifests, each owned by one service of one organization.
//
// Two digests name an artifact. Its own, which the runtime made when it built it, is what a release names and what is
// verified after a pull. Its manifest's, which the registry knows, says how it travels: two manifests may carry one
// artifact, packed differently.
//
// Adapters: artifact/registry keeps the bytes inside the platform, artifact/remote reaches a registry over HTTP. Both
// pass artifacttest. Artifacts travel between runtimes and stores as OCI image layouts (artifact/layout).
package artifact

import (
	"context"
	"io"
	"regexp"
	"strings"
	"time"
)

// Store keeps artifacts. Errors that a caller can act on are *Error.
type Store interface {
	// Push reads an OCI image layout and keeps its manifest with all that the manifest names. Pushing what is there
	// already is fine. A push that fails leaves no manifest.
	Push(ctx context.Context, owner Owner, artifact string, layout io.Reader) (Manifest, error)
	// Pull writes the OCI image layout of a manifest. What it wrote is whole only if it returns no error.
	Pull(ctx context.Context, owner Owner, manifest string, layout io.Writer) error
	// Has reports whether the owner has a manifest.
	Has(ctx context.Context, owner Owner, manifest string) (bool, error)
	// List returns the owner's manifests that carry an artifact, in the order of their artifacts' digests.
	List(ctx context.Context, owner Owner) ([]Manifest, error)
	// Delete forgets a manifest. Deleting what is not there is fine.
	Delete(ctx context.Context, owner Owner, manifest string) error
}

// Owner is whose an artifact is. One owner never sees another's, not even where the bytes are the same.
type Owner struct {
	Organization string `json:"org"`
	Service      string `json:"service"`
}

// Repository is the owner's name in a registry's paths.
func (o Owner) Repository() string { return o.Organization + "/" + o.Service }

// OwnerOf reads a repository's name.
func OwnerOf(repository string) (Owner, bool) {
	org, service, ok := strings.Cut(repository, "/")
	owner := Owner{Organization: org, Service: service}
	return owner, ok && namePattern.MatchString(org) && namePattern.MatchString(service)
}

// namePattern is what a registry allows as a part of a repository's name.
var namePattern = regexp.MustCompile(`^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$`)

// Manifest is one kept artifact.
type Manifest struct {
	Digest string `json:"digest"`
	// Artifact is the digest that the runtime gave it.
	Artifact string `json:"artifact"`
	// SizeBytes is what the manifest and all that it names take.
	SizeBytes int64     `json:"size_bytes"`
	PushedAt  time.Time `json:"pushed_at,omitzero"`
}

// digestPattern is the one kind of digest that is used here.
var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// IsDigest reports whether s is a SHA-256 digest as OCI writes it.
func IsDigest(s string) bool { return digestPattern.MatchString(s) }

// Tag is the name under which a manifest carries an artifact: a digest, in the letters that a tag may have.
func Tag(artifact string) string { return strings.Replace(artifact, ":", "-", 1) }

// OfTag reads the artifact's digest out of a tag.
func OfTag(tag string) (artifact string, ok bool) {
	artifact = strings.Replace(tag, "-", ":", 1)
	return artifact, IsDigest(artifact)
}
