package hub

import (
	"io"
	"net/http"
	"strconv"

	"github.com/syntra-dev/syntra/domain"
)

// serveUpload sends a source archive to an agent of the organization that uploaded it.
func (h *Hub) serveUpload(w http.ResponseWriter, r *http.Request) {
	c, err := h.admit(r.Context(), r)
	if err != nil {
		writeProblem(w, err)
		return
	}
	uploadID := r.PathValue("id")
	if h.opts.Uploads == nil {
		writeProblem(w, domain.Errorf(domain.NotFound, "upload %.60q does not exist", uploadID))
		return
	}
	body, size, err := h.opts.Uploads.Open(r.Context(), c.org, uploadID)
	if err != nil {
		if domain.CodeOf(err) == "" {
			h.log.Error("hub: cannot open an upload", "upload", uploadID, "server", c.server, "error", err)
		}
		writeProblem(w, err)
		return
	}
	if err := sendArchive(w, body, size); err != nil {
		h.log.Warn("hub: an upload was not sent whole; the agent checks its digest and asks again", "upload", uploadID, "server", c.server, "error", err)
	}
}

func sendArchive(w http.ResponseWriter, body io.ReadCloser, size int64) error {
	defer body.Close()
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, err := io.Copy(w, body)
	return err
}
