package registry

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/token"
)

// Path is below which the registry answers, as the OCI distribution specification says.
const Path = "/v2/"

// Handler serves the OCI distribution API. Callers show a token of token.Signer, as `Authorization: Bearer <token>` or
// as the password of any user (which is what Docker's engine and other clients do with credentials).
func (r *Registry) Handler() http.Handler {
	return r.metrics.counted(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.stranger != nil {
			answer(
				w,
				http.StatusServiceUnavailable,
				artifact.Error{Code: artifact.Unavailable, Message: r.stranger.Error()},
			)
			return
		}
		r.mux.ServeHTTP(w, req)
	}))
}

// called is a request whose token is good.
type called struct {
	w http.ResponseWriter
	*http.Request
	owner artifact.Owner
}

// access is what a route does to its repository.
type access bool

const (
	pull access = false
	push access = true
)

func (r *Registry) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", func(w http.ResponseWriter, req *http.Request) {
		if _, err := r.scopeOf(req); err != nil {
			r.fail(w, req, err)
			return
		}
		w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
		_, _ = w.Write([]byte("{}")) // nobody to tell
	})
	const repository = Path + "{org}/{service}/"
	for route, h := range map[string]struct {
		access
		serve func(*called) error
	}{
		"GET " + repository + "blobs/{digest}":           {pull, r.getBlob}, // and HEAD
		"POST " + repository + "blobs/uploads/{$}":       {push, r.postUpload},
		"GET " + repository + "blobs/uploads/{id}":       {push, r.getUpload},
		"PATCH " + repository + "blobs/uploads/{id}":     {push, r.patchUpload},
		"PUT " + repository + "blobs/uploads/{id}":       {push, r.putUpload},
		"DELETE " + repository + "blobs/uploads/{id}":    {push, r.deleteUpload},
		"GET " + repository + "manifests/{reference}":    {pull, r.getManifest}, // and HEAD
		"PUT " + repository + "manifests/{reference}":    {push, r.putManifestOf},
		"DELETE " + repository + "manifests/{reference}": {push, r.deleteManifestOf},
		"GET " + repository + "tags/list":                {pull, r.getTags},
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, req *http.Request) {
			owner := artifact.Owner{Organization: req.PathValue("org"), Service: req.PathValue("service")}
			err := r.allow(req, owner, h.access)
			if err == nil {
				err = h.serve(&called{w, req, owner})
			}
			if err != nil {
				r.fail(w, req, err)
			}
		})
	}
	mux.HandleFunc(Path, func(w http.ResponseWriter, req *http.Request) {
		if _, err := r.scopeOf(req); err != nil {
			r.fail(w, req, err)
			return
		}
		r.fail(
			w,
			req,
			artifact.Errorf(
				artifact.NameUnknown,
				"there is nothing at %s %.200s: a repository is <organization>/<service>",
				req.Method,
				req.URL.Path,
			),
		)
	})
	return mux
}

// scopeOf reads the token.
func (r *Registry) scopeOf(req *http.Request) (token.Scope, error) {
	_, secret, ok := req.BasicAuth()
	if !ok {
		secret, ok = strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	}
	if !ok || secret == "" || len(secret) > 4096 {
		return token.Scope{}, artifact.Errorf(
			artifact.Unauthorized,
			"the registry needs a token that the platform made",
		)
	}
	return r.opts.Tokens.Check(secret)
}

// allow checks that the token opens the repository. Whether another one exists is not told.
func (r *Registry) allow(req *http.Request, owner artifact.Owner, a access) error {
	scope, err := r.scopeOf(req)
	if err != nil {
		return err
	}
	if scope.Owner != owner {
		return artifact.Errorf(artifact.Denied, "this token is for repository %s", scope.Owner.Repository())
	}
	if a == push && !scope.Push {
		return artifact.Errorf(
			artifact.Denied,
			"this token allows pulling from %s, and not pushing",
			owner.Repository(),
		)
	}
	return nil
}

// statuses of the codes.
var statuses = map[artifact.Code]int{
	artifact.BlobUnknown:         http.StatusNotFound,
	artifact.BlobUploadInvalid:   http.StatusRequestedRangeNotSatisfiable,
	artifact.BlobUploadUnknown:   http.StatusNotFound,
	artifact.DigestInvalid:       http.StatusBadRequest,
	artifact.ManifestBlobUnknown: http.StatusNotFound,
	artifact.ManifestInvalid:     http.StatusBadRequest,
	artifact.ManifestUnknown:     http.StatusNotFound,
	artifact.NameUnknown:         http.StatusNotFound,
	artifact.SizeInvalid:         http.StatusBadRequest,
	artifact.Unauthorized:        http.StatusUnauthorized,
	artifact.Denied:              http.StatusForbidden,
	artifact.Unsupported:         http.StatusMethodNotAllowed,
	artifact.TooMany:             http.StatusTooManyRequests,
}

// fail tells why a request was not done.
func (r *Registry) fail(w http.ResponseWriter, req *http.Request, err error) {
	refusal, ok := reasonOf(err)
	status := statuses[refusal.Code]
	if !ok || status == 0 {
		if req.Context().Err() == nil {
			r.log.Error("registry: a request failed", "method", req.Method, "path", req.URL.Path, "error", err)
		}
		status, refusal = http.StatusInternalServerError, artifact.Error{
			Code:    "UNKNOWN",
			Message: "the registry failed: try again, and see the platform's log",
		}
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Syntra registry"`)
	}
	answer(w, status, refusal)
}

// answer writes an error in the form that the specification says.
func answer(w http.ResponseWriter, status int, refusal artifact.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string][]artifact.Error{"errors": {refusal}}) // nobody to tell
}
