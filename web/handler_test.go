package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/syntra-dev/syntra/web"
)

const page = "<!doctype html>the page"

func built() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":               {},
		"index.html":             {Data: []byte(page)},
		"boot.js":                {Data: []byte("boot()")},
		"assets/main-a1b2.js":    {Data: []byte("main()")},
		"assets/main-a1b2.js.br": {Data: []byte("<brotli>")},
		"assets/main-a1b2.js.gz": {Data: []byte("<gzip>")},
		"assets/font-c3.woff2":   {Data: []byte("<font>")},
	}
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFilesAndRoutesOfTheBrowser(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(built())
	for _, c := range []struct{ name, path, body, contentType, cache string }{
		{"the root is the page", "/", page, "text/html; charset=utf-8", "no-cache"},
		{"a route of the browser is the page", "/services/svc_1/logs", page, "text/html; charset=utf-8", "no-cache"},
		{"a hashed file is kept for ever", "/assets/main-a1b2.js", "main()", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"a file without hash is asked about each time", "/boot.js", "boot()", "text/javascript; charset=utf-8", "no-cache"},
		{"a font has its type", "/assets/font-c3.woff2", "<font>", "font/woff2", "public, max-age=31536000, immutable"},
		{"the page by its name is the page", "/index.html", page, "text/html; charset=utf-8", "no-cache"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := get(t, h, c.path)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Equal(t, c.body, w.Body.String())
			assert.Equal(t, c.contentType, w.Header().Get("Content-Type"))
			assert.Equal(t, c.cache, w.Header().Get("Cache-Control"))
			assert.Contains(t, w.Header().Get("Content-Security-Policy"), "script-src 'self';", "no inline scripts")
		})
	}
}

func TestWhatIsNotThereIsNotThePage(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(built())
	for _, path := range []string{"/assets/main-old.js", "/assets/", "/assets/main-a1b2.js.br", "/missing.js", "/../embed.go"} {
		w := get(t, h, path)
		assert.Equal(t, http.StatusNotFound, w.Code, path)
	}
	// A name with a dot is a route where a person opens it.
	assert.Equal(t, page, get(t, h, "/projects/v1.2", "Accept", "text/html,*/*").Body.String())
}

func TestCompressedWhereTheClientTakesIt(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(built())
	for _, c := range []struct{ accept, encoding, body string }{
		{"gzip, deflate, br", "br", "<brotli>"},
		{"gzip", "gzip", "<gzip>"},
		{"gzip, br;q=0", "gzip", "<gzip>"},
		{"gzip;q=0.5", "gzip", "<gzip>"},
		{"", "", "main()"},
		{"identity", "", "main()"},
	} {
		w := get(t, h, "/assets/main-a1b2.js", "Accept-Encoding", c.accept)
		assert.Equal(t, c.encoding, w.Header().Get("Content-Encoding"), c.accept)
		assert.Equal(t, c.body, w.Body.String(), c.accept)
		assert.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
		assert.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))
	}
}

func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := web.NewHandler(built())
	first := get(t, h, "/")
	again := get(t, h, "/servers", "If-None-Match", first.Header().Get("ETag"))
	assert.Equal(t, http.StatusNotModified, again.Code)
	assert.Empty(t, again.Body.String())
}

func TestWithoutABuildItSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	w := get(t, web.NewHandler(fstest.MapFS{".gitkeep": {}}), "/")
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "dashboard not built: run go tool task build\n", w.Body.String())
}

func TestItIsOnlyRead(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, r)
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
}
