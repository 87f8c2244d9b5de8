package clickhouse

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
)

// request is what a client of ClickHouse's HTTP interface asked for:
// https://clickhouse.com/docs/interfaces/http.
type request struct {
	statement
	revision uint64 // of Native results
	compress string // "", "lz4" or "zstd": frames of the answer
	file     string // temporary file with the data of an INSERT, or ""
}

const (
	maxSQL  = 16 << 20
	maxData = 1 << 30
)

// transport are parameters that are about HTTP and not settings of the statement.
var transport = map[string]bool{
	"query": true, "database": true, "default_format": true, "client_protocol_version": true, "query_id": true,
	"quota_key": true, "user": true, "password": true, "session_id": true, "session_timeout": true,
	"session_check": true, "compress": true, "decompress": true, "enable_http_compression": true,
	"wait_end_of_query": true, "buffer_size": true, "stacktrace": true, "role": true,
	"network_compression_method": true, "network_zstd_compression_level": true,
}

// read takes the request in. Data of an INSERT goes into a file in dir; call discard after use.
func read(r *http.Request, dir string) (*request, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil, refuse(codeUnsupported, "external tables are not supported by the embedded engine")
	}
	params := r.URL.Query()
	req := &request{}
	req.database = params.Get("database")
	req.revision, _ = strconv.ParseUint(params.Get("client_protocol_version"), 10, 32)
	if params.Get("compress") == "1" {
		req.compress = strings.ToLower(params.Get("network_compression_method"))
		if req.compress == "" {
			req.compress = "lz4"
		}
	}
	for name, values := range params {
		if !transport[name] && !strings.HasPrefix(name, "http_") {
			req.settings = append(req.settings, setting{name, values[0]})
		}
	}
	sort.Slice(req.settings, func(i, j int) bool { return req.settings[i].name < req.settings[j].name })
	body, err := plain(r.Body, r)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if err := req.take(params.Get("query"), params.Get("default_format"), body, dir); err != nil {
		req.discard()
		return nil, err
	}
	return req, nil
}

func (req *request) take(query, defaultFormat string, body io.Reader, dir string) error {
	if isInsert(query) {
		file, size, err := save(body, dir)
		req.file = file
		if err != nil {
			return err
		}
		req.sql, req.format = query, "TSV"
		if size > 0 {
			req.sql = insertFrom(query, file, defaultFormat)
		}
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(body, maxSQL+1))
	if err != nil {
		return fmt.Errorf("reading the statement: %w", err)
	}
	if len(text) > maxSQL {
		return refuse(codeTooLargeBody, fmt.Sprintf("the statement is longer than %d bytes", maxSQL))
	}
	req.sql = strings.TrimSpace(query + "\n" + string(text))
	if req.sql == "" {
		return refuse(codeBadArguments, "the request holds no statement")
	}
	if req.format = formatOf(req.sql); req.format == "" || isInsert(req.sql) {
		req.format = defaultFormat
	}
	if req.format == "" {
		req.format = "TabSeparated"
	}
	return nil
}

func save(body io.Reader, dir string) (path string, size int64, err error) {
	file, err := os.CreateTemp(dir, "insert-")
	if err != nil {
		return "", 0, fmt.Errorf("making room for the inserted data: %w", err)
	}
	size, err = io.Copy(file, io.LimitReader(body, maxData+1))
	if err == nil && size > maxData {
		err = refuse(codeTooLargeBody, fmt.Sprintf("the inserted data is longer than %d bytes; insert smaller batches", maxData))
	}
	return file.Name(), size, errors.Join(err, file.Close())
}

func (req *request) discard() {
	if req.file != "" {
		_ = os.Remove(req.file) // what remains is removed at the next start
	}
}
