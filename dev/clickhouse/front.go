package clickhouse

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// front answers ClickHouse's HTTP interface from the embedded engine.
type front struct {
	engine   *engine
	dir      string // for temporary files
	password string
	logger   *slog.Logger
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/ping", "/replicas_status":
		_, _ = io.WriteString(w, "Ok.\n")
		return
	case "/":
	default:
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
		return
	}
	if !f.allowed(r) {
		f.fail(w, refuse(516, "Authentication failed: wrong password"), http.StatusForbidden)
		return
	}
	req, err := read(r, f.dir)
	if err != nil {
		f.fail(w, err, http.StatusBadRequest)
		return
	}
	defer req.discard()
	if r.Method == http.MethodGet {
		req.settings = append(req.settings, setting{"readonly", "2"})
	}
	f.answer(r.Context(), w, req)
}

// allowed keeps other users of this machine, and web pages that post to loopback, out: the engine can read files.
func (f *front) allowed(r *http.Request) bool {
	given := r.Header.Get("X-ClickHouse-Key")
	if _, password, ok := r.BasicAuth(); ok {
		given = password
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(f.password)) == 1
}

func (f *front) answer(ctx context.Context, w http.ResponseWriter, req *request) {
	tag := rand.Text()[:16]
	var out io.Writer = w
	if req.compress != "" {
		out = newFramed(w, req.compress)
	}
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("X-ClickHouse-Server-Display-Name", "syntra")
	header.Set("X-ClickHouse-Timezone", "UTC")
	header.Set("X-ClickHouse-Format", req.format)
	header.Set("X-ClickHouse-Exception-Tag", tag)
	begun := false
	err := f.engine.run(ctx, req.statement, func(part []byte) error {
		if strings.EqualFold(req.format, "Native") {
			var err error
			if part, err = recode(part, req.revision); err != nil {
				return err
			}
		}
		begun = true
		_, err := out.Write(part)
		return err
	})
	switch {
	case err == nil:
	case ctx.Err() != nil: // the client went away: there is nobody to tell
	case begun:
		interrupt(w, err, tag)
	default:
		header.Del("X-ClickHouse-Exception-Tag")
		f.fail(w, err, http.StatusInternalServerError)
	}
}

// fail tells an error before the first byte of a result.
func (f *front) fail(w http.ResponseWriter, err error, status int) {
	var e *exception
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &tooLarge):
		e = refuse(codeTooLargeBody, fmt.Sprintf("the request is longer than %d bytes", tooLarge.Limit))
	default:
		e = refuse(codeUnknownException, err.Error())
		f.logger.Error("embedded ClickHouse: request failed", "error", err)
	}
	w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.code))
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, e.message+"\n")
}

// interrupt tells an error in the middle of a result, the way ClickHouse frames it:
// https://clickhouse.com/docs/interfaces/http#http_response_codes_caveats.
func interrupt(w io.Writer, err error, tag string) {
	message := err.Error()
	const limit = 15 << 10 // clients look at 16 KiB
	if len(message) > limit {
		message = message[:limit]
	}
	const marker = "\r\n__exception__\r\n"
	_, _ = fmt.Fprintf(w, "%s%s\r\n%s\n%d %s%s", marker, tag, message, len(message)+1, tag, marker)
}
