package artifacts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/remote"
)

// Push brings an artifact to a registry.
func (k *Keeper) Push(ctx context.Context, note func(string), p wire.PushArtifact) (wire.ArtifactPushed, error) {
	began := time.Now()
	rt, err := k.runtimes.Named(p.Runtime)
	if err != nil {
		return wire.ArtifactPushed{}, err
	}
	if err := MustHave(ctx, rt, p.Digest); err != nil {
		return wire.ArtifactPushed{}, err
	}
	store, owner, err := k.registry(p.Registry)
	if err != nil {
		return wire.ArtifactPushed{}, err
	}
	reader, writer := io.Pipe()
	exported := make(chan error, 1)
	go func() {
		err := rt.Export(ctx, p.Digest, writer)
		_ = writer.CloseWithError(err) // nil is io.EOF
		exported <- err
	}()
	pushed, err := store.Push(ctx, owner, p.Digest, &counted{r: reader, note: note, what: "pushing the artifact"})
	_ = reader.CloseWithError(errPiped)
	// Why the export broke says more than that the push did.
	if cause := <-exported; cause != nil && !errors.Is(cause, errPiped) {
		err = cause
	}
	if err != nil {
		return wire.ArtifactPushed{}, registryError(err)
	}
	return wire.ArtifactPushed{
		Manifest:  pushed.Digest,
		SizeBytes: pushed.SizeBytes,
		Millis:    time.Since(began).Milliseconds(),
	}, nil
}

// errPiped ends the writing half of a pipe whose reading half has ended.
var errPiped = errors.New("the other half has ended")

// Pull brings an artifact to this server.
func (k *Keeper) Pull(ctx context.Context, note func(string), p wire.PullArtifact) (wire.ArtifactPulled, error) {
	rt, err := k.runtimes.Named(p.Runtime)
	if err != nil {
		return wire.ArtifactPulled{}, err
	}
	return k.Fetch(ctx, note, rt, p.Digest, p.Registry)
}

// Fetch pulls an artifact unless it is here. Of several that want the same one, one pulls.
func (k *Keeper) Fetch(
	ctx context.Context,
	note func(string),
	rt runtime.Runtime,
	digest string,
	from wire.Registry,
) (wire.ArtifactPulled, error) {
	began := time.Now()
	note("waiting for the artifact")
	unlock, err := k.pulls.Lock(ctx, digest)
	if err != nil {
		return wire.ArtifactPulled{}, err
	}
	defer unlock()
	has, err := rt.Has(ctx, digest)
	if err != nil {
		return wire.ArtifactPulled{}, fmt.Errorf("look for artifact %s: %w", digest, err)
	}
	if has {
		return wire.ArtifactPulled{WasHere: true, Millis: time.Since(began).Milliseconds()}, nil
	}
	store, owner, err := k.registry(from)
	if err != nil {
		return wire.ArtifactPulled{}, err
	}
	reader, writer := io.Pipe()
	pulled := make(chan error, 1)
	go func() {
		err := store.Pull(ctx, owner, from.Manifest, writer)
		_ = writer.CloseWithError(err) // nil is io.EOF
		pulled <- err
	}()
	body := &counted{r: reader, note: note, what: "pulling the artifact"}
	err = rt.Import(ctx, digest, body)
	_ = reader.CloseWithError(errPiped)
	if cause := <-pulled; cause != nil && !errors.Is(cause, errPiped) {
		err = cause
	}
	if err != nil {
		return wire.ArtifactPulled{}, registryError(err)
	}
	k.Changed()
	return wire.ArtifactPulled{Bytes: body.n, Millis: time.Since(began).Milliseconds()}, nil
}

// registry opens what a command names.
func (k *Keeper) registry(r wire.Registry) (*remote.Store, artifact.Owner, error) {
	owner, ok := artifact.OwnerOf(r.Repository)
	if !ok {
		return nil, owner, fmt.Errorf("the command names repository %.80q, which is none", r.Repository)
	}
	url := cmp.Or(r.URL, k.url)
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return nil, owner, fmt.Errorf("the command names registry %.80q, which is no http(s) URL", url)
	}
	return &remote.Store{URL: url, Token: r.Token, HTTP: k.http}, owner, nil
}

// registryError gives what a person can act on its code; everything else is tried again.
func registryError(err error) error {
	switch {
	case runtime.CodeOf(err) != "":
		return err
	case artifact.IsQuota(err):
		return &runtime.Error{Code: runtime.CodeQuota, Message: err.Error()}
	case artifact.CodeOf(err) == artifact.ManifestUnknown, artifact.CodeOf(err) == artifact.BlobUnknown:
		return &runtime.Error{
			Code:    runtime.CodeNoArtifact,
			Message: "the artifact is not in the registry any more: deploy the service again",
		}
	}
	return err
}

// counted tells how much has passed.
type counted struct {
	r    io.Reader
	note func(string)
	what string
	n    int64
	told time.Time
}

// tellEvery is how often a transfer says how far it is.
const tellEvery = time.Second

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if time.Since(c.told) > tellEvery {
		c.told = time.Now()
		c.note(fmt.Sprintf("%s: %.1f MB", c.what, float64(c.n)/(1<<20)))
	}
	return n, err
}

// MustHave fails with runtime.CodeNoArtifact where a runtime does not hold an artifact.
func MustHave(ctx context.Context, rt runtime.Runtime, digest string) error {
	has, err := rt.Has(ctx, digest)
	if err != nil {
		return fmt.Errorf("look for artifact %s: %w", digest, err)
	}
	if !has {
		return &runtime.Error{Code: runtime.CodeNoArtifact, Message: fmt.Sprintf("the artifact %s is not on this server any more: deploy the service again", digest)}
	}
	return nil
}
