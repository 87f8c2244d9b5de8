package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/syntra-dev/syntra/artifact"
)

// Has implements artifact.Store.
func (s *Store) Has(ctx context.Context, owner artifact.Owner, manifest string) (bool, error) {
	res, err := s.do(ctx, http.MethodHead, s.path(owner, "manifests", manifest), nil, -1, nil)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask the registry: %w", err)
	}
	return true, res.Body.Close()
}

// List implements artifact.Store.
func (s *Store) List(ctx context.Context, owner artifact.Owner) ([]artifact.Manifest, error) {
	out := []artifact.Manifest{}
	last := ""
	for {
		tags, err := s.tags(ctx, owner, last)
		if err != nil || len(tags) == 0 {
			return out, err
		}
		for _, tag := range tags {
			digest, ok := artifact.OfTag(tag)
			if !ok {
				continue
			}
			d, _, err := s.manifest(ctx, owner, tag)
			if artifact.CodeOf(err) == artifact.ManifestUnknown {
				continue // deleted meanwhile
			}
			if err != nil {
				return out, fmt.Errorf("list the registry: %w", err)
			}
			out = append(out, artifact.Manifest{Digest: d.Digest.String(), Artifact: digest})
		}
		last = tags[len(tags)-1]
	}
}

func (s *Store) tags(ctx context.Context, owner artifact.Owner, last string) ([]string, error) {
	res, err := s.do(
		ctx,
		http.MethodGet,
		s.path(owner, "tags", "list")+"?"+url.Values{"last": {last}}.Encode(),
		nil,
		-1,
		nil,
	)
	if err != nil {
		return nil, fmt.Errorf("list the registry: %w", err)
	}
	defer res.Body.Close()
	var page struct {
		Tags []string `json:"tags"`
	}
	err = json.NewDecoder(res.Body).Decode(&page)
	return page.Tags, err
}

// Delete implements artifact.Store.
func (s *Store) Delete(ctx context.Context, owner artifact.Owner, manifest string) error {
	res, err := s.do(ctx, http.MethodDelete, s.path(owner, "manifests", manifest), nil, -1, nil)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete from the registry: %w", err)
	}
	return res.Body.Close()
}
