package remote

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/artifact"
)

// refusal reads what a registry says of a request that it did not do.
func refusal(res *http.Response) error {
	var answer struct {
		Errors []artifact.Error `json:"errors"`
	}
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)) // what came is read
	var err error = fmt.Errorf("the registry answered %s to %s %s", res.Status, res.Request.Method, res.Request.URL.Path)
	said := json.Unmarshal(raw, &answer) == nil && len(answer.Errors) > 0
	if said {
		err = &answer.Errors[0]
	}
	switch {
	case res.StatusCode >= http.StatusInternalServerError, res.StatusCode == http.StatusTooManyRequests:
		return lost{err}
	case said:
		return err
	}
	// An answer to HEAD has no body.
	if res.StatusCode == http.StatusNotFound {
		code := artifact.BlobUnknown
		if strings.Contains(res.Request.URL.Path, "/manifests/") {
			code = artifact.ManifestUnknown
		}
		return artifact.Errorf(code, "the registry has no such thing")
	}
	if res.StatusCode == http.StatusUnauthorized {
		return artifact.Errorf(artifact.Unauthorized, "the registry does not accept the token")
	}
	if res.StatusCode == http.StatusForbidden {
		return artifact.Errorf(artifact.Denied, "the registry refuses %s", res.Request.URL.Path)
	}
	return err
}
