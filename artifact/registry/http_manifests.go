package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/layout"
)

func (c *called) reference() (string, error) {
	ref := c.PathValue("reference")
	if !artifact.IsDigest(ref) && !tagPattern.MatchString(ref) {
		return "", artifact.Errorf(artifact.ManifestInvalid, "%.140q is neither a SHA-256 digest nor a tag", ref)
	}
	return ref, nil
}

func (r *Registry) getManifest(c *called) error {
	ref, err := c.reference()
	if err != nil {
		return err
	}
	k, err := r.manifest(c.Context(), c.owner, ref)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set(digestHeader, k.digest)
	h.Set("Content-Type", k.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(k.raw)))
	c.w.WriteHeader(http.StatusOK)
	if c.Method != http.MethodHead {
		_, _ = c.w.Write(k.raw) // nobody to tell
	}
	return nil
}

func (r *Registry) putManifestOf(c *called) error {
	ref, err := c.reference()
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(c.Body, layout.MaxManifest+1))
	if err != nil {
		return artifact.Errorf(artifact.ManifestInvalid, "the manifest did not arrive whole: %v", err)
	}
	if len(raw) > layout.MaxManifest {
		return artifact.Errorf(artifact.SizeInvalid, "the manifest has more than %d bytes", layout.MaxManifest)
	}
	mediaType, tag := c.Header.Get("Content-Type"), ref
	if artifact.IsDigest(ref) {
		tag = ""
		if is := layout.Descriptor(mediaType, raw).Digest.String(); is != ref {
			return artifact.Errorf(artifact.DigestInvalid, "the manifest is %s and should be %s", is, ref)
		}
	}
	m, err := r.putManifest(c.Context(), c.owner, tag, mediaType, raw)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Location", Path+c.owner.Repository()+"/manifests/"+m.Digest)
	h.Set(digestHeader, m.Digest)
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

func (r *Registry) deleteManifestOf(c *called) error {
	ref, err := c.reference()
	if err == nil {
		err = r.deleteManifest(c.Context(), c.owner, ref)
	}
	if err == nil {
		c.w.WriteHeader(http.StatusAccepted)
	}
	return err
}

// maxTags is how many tags one answer lists.
const maxTags = 1000

func (r *Registry) getTags(c *called) error {
	n, query := maxTags, c.URL.Query()
	if asked, err := strconv.Atoi(query.Get("n")); err == nil && asked > 0 {
		n = min(asked, maxTags)
	}
	tags, err := r.tags(c.Context(), c.owner, query.Get("last"), n+1)
	if err != nil {
		return err
	}
	h := c.w.Header()
	if len(tags) > n {
		tags = tags[:n]
		next := url.Values{"n": {strconv.Itoa(n)}, "last": {tags[n-1]}}
		h.Set("Link", fmt.Sprintf(`<%s%s/tags/list?%s>; rel="next"`, Path, c.owner.Repository(), next.Encode()))
	}
	if tags == nil {
		tags = []string{}
	}
	h.Set("Content-Type", "application/json")
	return json.NewEncoder(c.w).Encode(map[string]any{"name": c.owner.Repository(), "tags": tags})
}
