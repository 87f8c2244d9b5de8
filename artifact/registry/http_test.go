package registry_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
)

// visitor sends single requests with an owner's token.
type visitor struct {
	t     *testing.T
	h     *house
	token string
}

func (h *house) visit(t *testing.T, owner artifact.Owner) *visitor {
	return &visitor{t, h, h.token(t, owner, true)}
}

// do sends a request and returns what came back; path may be a whole URL's path.
func (v *visitor) do(method, path, body string, headers ...string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.h.url+path, strings.NewReader(body))
	require.NoError(v.t, err)
	req.SetBasicAuth("agent", v.token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(v.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(v.t, err)
	return res, string(raw)
}

// status is do for who wants only the status and the code of the error.
func (v *visitor) status(method, path, body string, headers ...string) (int, artifact.Code) {
	v.t.Helper()
	res, raw := v.do(method, path, body, headers...)
	var answer struct {
		Errors []artifact.Error `json:"errors"`
	}
	if json.Unmarshal([]byte(raw), &answer) != nil || len(answer.Errors) == 0 {
		return res.StatusCode, ""
	}
	return res.StatusCode, answer.Errors[0].Code
}

func sum(content string) string { return digest.FromString(content).String() }

// upload pushes a blob in pieces.
func (v *visitor) upload(owner artifact.Owner, pieces ...string) string {
	v.t.Helper()
	res, _ := v.do("POST", "/v2/"+owner.Repository()+"/blobs/uploads/", "")
	require.Equal(v.t, http.StatusAccepted, res.StatusCode)
	at := res.Header.Get("Location")
	for _, piece := range pieces {
		res, raw := v.do("PATCH", at, piece)
		require.Equal(v.t, http.StatusAccepted, res.StatusCode, raw)
	}
	whole := sum(strings.Join(pieces, ""))
	res, raw := v.do("PUT", at+"?digest="+whole, "")
	require.Equal(v.t, http.StatusCreated, res.StatusCode, raw)
	return whole
}

func TestAnUploadComesInPiecesAndGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	v, base := h.visit(t, artifacttest.Ours), "/v2/"+artifacttest.Ours.Repository()+"/blobs/"
	got := v.upload(artifacttest.Ours, "hello ", "world")
	res, raw := v.do("GET", base+got, "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "hello world", raw)

	res, _ = v.do("POST", base+"uploads/", "")
	at := res.Header.Get("Location")
	res, _ = v.do("PATCH", at, "hello ", "Content-Range", "0-5")
	require.Equal(t, "0-5", res.Header.Get("Range"))
	status, code := v.status("PATCH", at, "world", "Content-Range", "3-7")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, status)
	require.Equal(t, artifact.BlobUploadInvalid, code)
	res, _ = v.do("GET", at, "")
	require.Equal(t, "0-5", res.Header.Get("Range"), "it tells how far it is")
	res, _ = v.do("PUT", at+"?digest="+sum("hello again"), "again", "Content-Range", "6-10")
	require.Equal(t, http.StatusCreated, res.StatusCode)

	res, _ = v.do("POST", base+"uploads/", "")
	at = res.Header.Get("Location")
	status, code = v.status("PUT", at+"?digest="+sum("right"), "wrong")
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, artifact.DigestInvalid, code)
	status, code = v.status("PATCH", at, "more")
	require.Equal(t, http.StatusNotFound, status, "it is over")
	require.Equal(t, artifact.BlobUploadUnknown, code)
	status, _ = v.status("HEAD", base+sum("right"), "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestAPartOfABlobCanBeAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	v := h.visit(t, artifacttest.Ours)
	path := "/v2/" + artifacttest.Ours.Repository() + "/blobs/" + v.upload(artifacttest.Ours, "0123456789")
	for header, want := range map[string]string{
		"bytes=0-": "0123456789", "bytes=7-": "789", "bytes=2-4": "234", "bytes=8-99": "89",
	} {
		res, raw := v.do("GET", path, "", "Range", header)
		require.Equal(t, http.StatusPartialContent, res.StatusCode, header)
		require.Equal(t, want, raw, header)
	}
	for _, header := range []string{"bytes=10-", "bytes=4-2", "bytes=x-", "bytes=-"} {
		res, _ := v.do("GET", path, "", "Range", header)
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, res.StatusCode, header)
	}
}

func TestNoWayLeadsToAnotherOwnersBytes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	blob := h.visit(t, artifacttest.Ours).upload(artifacttest.Ours, "a secret layer")
	for _, other := range []artifact.Owner{artifacttest.Sister, artifacttest.Theirs} {
		v := h.visit(t, other)
		status, code := v.status("GET", "/v2/"+artifacttest.Ours.Repository()+"/blobs/"+blob, "")
		require.Equal(t, http.StatusForbidden, status, "their repository is not ours")
		require.Equal(t, artifact.Denied, code)
		own := "/v2/" + other.Repository() + "/"
		status, _ = v.status("GET", own+"blobs/"+blob, "")
		require.Equal(t, http.StatusNotFound, status, "a digest that is guessed opens nothing")

		// A mount would give what nobody checked that it may be had: it becomes an upload.
		res, _ := v.do("POST", own+"blobs/uploads/?mount="+blob+"&from="+artifacttest.Ours.Repository(), "")
		require.Equal(t, http.StatusAccepted, res.StatusCode)
		status, _ = v.status("GET", own+"blobs/"+blob, "")
		require.Equal(t, http.StatusNotFound, status)

		// Nor does a manifest that names it.
		raw := `{"schemaVersion":2,"mediaType":"` + v1.MediaTypeImageManifest +
			`","config":{"mediaType":"x","digest":"` + blob + `","size":14},"layers":[]}`
		status, code = v.status("PUT", own+"manifests/v1", raw, "Content-Type", v1.MediaTypeImageManifest)
		require.Equal(t, http.StatusNotFound, status)
		require.Equal(t, artifact.ManifestBlobUnknown, code)

		// Nor somebody else's upload.
		res, _ = h.visit(t, artifacttest.Ours).do("POST", "/v2/"+artifacttest.Ours.Repository()+"/blobs/uploads/", "")
		id := res.Header.Get("Docker-Upload-UUID")
		status, _ = v.status("PATCH", own+"blobs/uploads/"+id, "x")
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestWhatIsNoRequestOfARegistryIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	v, base := h.visit(t, artifacttest.Ours), "/v2/"+artifacttest.Ours.Repository()+"/"
	for path, want := range map[string]int{
		"GET /v2/":                        http.StatusOK,
		"GET /v2/_catalog":                http.StatusNotFound,
		"GET /v2/one/two/three/tags/list": http.StatusNotFound,
		"GET " + base + "blobs/sha256:x":  http.StatusBadRequest,
		"GET " + base + "manifests/" + strings.Repeat("x", 129): http.StatusBadRequest,
		"PUT " + base + "manifests/v1":                          http.StatusBadRequest,
		"PATCH " + base + "blobs/uploads/unknown":               http.StatusNotFound,
		"PUT " + base + "blobs/uploads/unknown":                 http.StatusBadRequest,
		"GET " + base + "tags/list":                             http.StatusOK,
	} {
		method, at, _ := strings.Cut(path, " ")
		status, _ := v.status(method, at, "{}")
		require.Equal(t, want, status, path)
	}
	v.token = ""
	res, _ := v.do("GET", "/v2/", "")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Contains(
		t,
		res.Header.Get("WWW-Authenticate"),
		"Basic",
		"clients wait for a challenge before they show what they have",
	)
}
