package web

import (
	"bytes"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// immutable is for files whose name holds their content's hash.
	immutable = "public, max-age=31536000, immutable"
	// revalidate is for the rest: kept, but asked about each time.
	revalidate = "no-cache"
	// policy forbids everything from elsewhere, and inline scripts. Inline styles are what the components' library sets.
	policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	notBuilt = "dashboard not built: run go tool task build"
)

// encodings are what the build wrote beside a file, the smallest first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// NewHandler serves a dashboard from a built folder.
func NewHandler(files fs.FS) http.Handler { return &handler{files: files} }

type handler struct{ files fs.FS }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the dashboard is only read", http.StatusMethodNotAllowed)
		return
	}
	setDefault(w.Header(), "Content-Security-Policy", policy)
	setDefault(w.Header(), "X-Content-Type-Options", "nosniff")
	setDefault(w.Header(), "Referrer-Policy", "same-origin")
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if h.exists(name) && !compressed(name) {
		h.file(w, r, name)
		return
	}
	// A file that is asked for by a page of an older build is gone: index.html in its place would be run as a script.
	if name == "assets" || strings.HasPrefix(name, "assets/") || (path.Ext(name) != "" && r.Header.Get("Sec-Fetch-Dest") != "document" && !acceptsHTML(r)) {
		http.NotFound(w, r)
		return
	}
	if !h.exists("index.html") {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Retry-After", "10")
		http.Error(w, notBuilt, http.StatusServiceUnavailable)
		return
	}
	h.file(w, r, "index.html")
}

// file answers one file, compressed where the client takes it.
func (h *handler) file(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Content-Type", contentType(name))
	header.Set("Cache-Control", revalidate)
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", immutable)
	}
	stored := name
	for _, encoding := range encodings {
		if h.exists(name + encoding.suffix) {
			setDefault(header, "Vary", "Accept-Encoding")
			if accepts(r, encoding.name) {
				stored = name + encoding.suffix
				header.Set("Content-Encoding", encoding.name)
				break
			}
		}
	}
	content, err := fs.ReadFile(h.files, stored)
	if err != nil {
		http.Error(w, "the dashboard's file "+name+" cannot be read", http.StatusInternalServerError)
		return
	}
	// The embedded files have no time; what they hold tells whether a browser's copy is the same.
	header.Set("ETag", etag(content))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func (h *handler) exists(name string) bool {
	if name == "" || strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	info, err := fs.Stat(h.files, name)
	return err == nil && info.Mode().IsRegular()
}

func compressed(name string) bool {
	return strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br")
}

func acceptsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// accepts reads Accept-Encoding; a weight of 0 refuses.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		weight, has := strings.CutPrefix(strings.TrimSpace(params), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !has || err != nil || q > 0
	}
	return false
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js": // mime asks the host's tables, which may know it by another name
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}
