package clickhouse

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/klauspost/compress/zstd"
)

// plain undoes the compression of a request's body: HTTP's Content-Encoding, or ClickHouse's own frames (decompress=1).
// Close it to free the decoder.
func plain(body io.Reader, r *http.Request) (io.ReadCloser, error) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		return gzip.NewReader(body)
	case "deflate":
		return zlib.NewReader(body)
	case "zstd":
		decoder, err := zstd.NewReader(body, zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return decoder.IOReadCloser(), nil
	default:
		return nil, refuse(codeUnsupported, "Content-Encoding "+encoding+" is not supported by the embedded engine; use gzip, deflate, zstd or none")
	}
	if r.URL.Query().Get("decompress") == "1" {
		return io.NopCloser(frames{compress.NewReader(body)}), nil
	}
	return io.NopCloser(body), nil
}

// frames reads ClickHouse's compressed frames to the end.
type frames struct{ reader *compress.Reader }

func (f frames) Read(p []byte) (int, error) {
	n, err := f.reader.Read(p)
	if errors.Is(err, io.EOF) { // wrapped, which io.Copy does not take for the end
		err = io.EOF
	}
	return n, err
}

// framed writes ClickHouse's compressed frames, one for each Write (compress=1).
type framed struct {
	out        io.Writer
	compressor *compress.Writer
}

func newFramed(out io.Writer, method string) *framed {
	m := compress.LZ4
	if strings.EqualFold(method, "zstd") {
		m = compress.ZSTD
	}
	return &framed{out: out, compressor: compress.NewWriter(compress.LevelZero, m)}
}

func (f *framed) Write(data []byte) (int, error) {
	// Decoders refuse frames beyond 128 MiB; one MiB keeps both sides' memory low.
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 1<<20)
		if err := f.compressor.Compress(rest[:n]); err != nil {
			return 0, err
		}
		if _, err := f.out.Write(f.compressor.Data); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(data), nil
}
