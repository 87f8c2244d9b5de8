package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/syntra-dev/syntra/artifact"
)

const digestHeader = "Docker-Content-Digest"

func reasonOf(err error) (artifact.Error, bool) {
	var e *artifact.Error
	if errors.As(err, &e) {
		return *e, true
	}
	return artifact.Error{}, false
}

// getBlob sends a blob, or the part of it that a Range asks for.
func (r *Registry) getBlob(c *called) error {
	digest := c.PathValue("digest")
	if !artifact.IsDigest(digest) {
		return artifact.Errorf(artifact.DigestInvalid, "%.80q is no SHA-256 digest", digest)
	}
	name, size, err := r.statBlob(c.Context(), c.owner, digest)
	if err != nil {
		return err
	}
	from, until, partial, ok := rangeOf(c.Header.Get("Range"), size)
	if !ok {
		c.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		return artifact.Errorf(
			artifact.BlobUploadInvalid,
			"blob %s has %d bytes: there is no %.60q of it",
			digest,
			size,
			c.Header.Get("Range"),
		)
	}
	h := c.w.Header()
	h.Set(digestHeader, digest)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.FormatInt(until-from, 10))
	status := http.StatusOK
	if partial {
		status = http.StatusPartialContent
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, until-1, size))
	}
	if c.Method == http.MethodHead {
		c.w.WriteHeader(status)
		return nil
	}
	body, err := r.open(c.Context(), name, digest, from)
	if err != nil {
		h.Del("Content-Length")
		h.Del("Content-Range")
		return err
	}
	defer body.Close()
	c.w.WriteHeader(status)
	n, err := io.CopyN(c.w, body, until-from)
	r.metrics.sent.Add(float64(n))
	if err != nil && c.Context().Err() == nil {
		r.log.Error(
			"registry: a blob was not sent whole; whoever pulls it checks its digest",
			"blob",
			digest,
			"sent",
			n,
			"error",
			err,
		)
	}
	return nil
}

// rangeOf reads a Range header of one range. No header, and what is no range of bytes, is the whole.
func rangeOf(header string, size int64) (from, until int64, partial, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	if !found || strings.Contains(spec, ",") {
		return 0, size, false, true
	}
	first, last, found := strings.Cut(spec, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !found || err != nil || from < 0 || from >= size {
		return 0, 0, false, false
	}
	until = size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return 0, 0, false, false
		}
		until = min(size, end+1)
	}
	return from, until, true, true
}

// postUpload begins an upload. A mount from another repository becomes an ordinary upload, as the specification allows.
func (r *Registry) postUpload(c *called) error {
	u, err := r.begin(c.Context(), c.owner)
	if err != nil {
		return err
	}
	c.uploaded(u, http.StatusAccepted)
	return nil
}

// uploaded says where an upload goes on, and how far it is.
func (c *called) uploaded(u upload, status int) {
	h := c.w.Header()
	h.Set("Location", Path+u.owner.Repository()+"/blobs/uploads/"+u.id)
	h.Set("Docker-Upload-UUID", u.id)
	if u.size > 0 {
		h.Set("Range", fmt.Sprintf("0-%d", u.size-1))
	}
	c.w.WriteHeader(status)
}

func (r *Registry) getUpload(c *called) error {
	u, err := r.find(c.Context(), c.owner, c.PathValue("id"))
	if err != nil {
		return err
	}
	c.uploaded(u, http.StatusNoContent)
	return nil
}

// piece appends a request's body to an upload.
func (r *Registry) piece(c *called) (upload, error) {
	u, err := r.find(c.Context(), c.owner, c.PathValue("id"))
	if err != nil || c.ContentLength == 0 {
		return u, err
	}
	if spec := c.Header.Get("Content-Range"); spec != "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(spec, "bytes "), "-")
		if from, err := strconv.ParseInt(first, 10, 64); err != nil || from != u.size {
			return u, artifact.Errorf(
				artifact.BlobUploadInvalid,
				"the upload has %d bytes, and the piece begins at %.20q",
				u.size,
				first,
			)
		}
	}
	return r.write(c.Context(), u, c.Body, c.ContentLength)
}

func (r *Registry) patchUpload(c *called) error {
	u, err := r.piece(c)
	if err != nil {
		return err
	}
	c.uploaded(u, http.StatusAccepted)
	return nil
}

// putUpload takes the last piece, which may be empty, and makes a blob of it all.
func (r *Registry) putUpload(c *called) error {
	digest := c.URL.Query().Get("digest")
	if !artifact.IsDigest(digest) {
		return artifact.Errorf(artifact.DigestInvalid, "%.80q is no SHA-256 digest", digest)
	}
	u, err := r.piece(c)
	if err != nil {
		return err
	}
	if err := r.commit(c.Context(), u, digest); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Location", Path+c.owner.Repository()+"/blobs/"+digest)
	h.Set(digestHeader, digest)
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

func (r *Registry) deleteUpload(c *called) error {
	u, err := r.find(c.Context(), c.owner, c.PathValue("id"))
	if err == nil {
		err = r.drop(c.Context(), u)
	}
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}
