package layout

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Verifier passes a blob on and ends with an error, in the place of io.EOF, where it is not the one that was named.
type Verifier struct {
	r        io.Reader
	d        v1.Descriptor
	read     int64
	verifier digest.Verifier
}

// Verified reads a blob that should be the one of a descriptor.
func Verified(r io.Reader, d v1.Descriptor) *Verifier {
	return &Verifier{r: r, d: d, verifier: d.Digest.Verifier()}
}

// Read implements io.Reader.
func (v *Verifier) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.read += int64(n)
	_, _ = v.verifier.Write(p[:n]) // a hash takes everything
	switch {
	case v.read > v.d.Size:
		return n, fmt.Errorf("blob %s has more than its %d bytes", v.d.Digest, v.d.Size)
	case errors.Is(err, io.EOF) && v.read < v.d.Size:
		return n, fmt.Errorf("blob %s ends after %d of %d bytes: %w", v.d.Digest, v.read, v.d.Size, io.ErrUnexpectedEOF)
	case errors.Is(err, io.EOF) && !v.verifier.Verified():
		return n, fmt.Errorf("blob %s holds something else than its digest says", v.d.Digest)
	}
	return n, err
}

// readSmall reads a manifest whole and verifies it.
func readSmall(r io.Reader, d v1.Descriptor) ([]byte, error) {
	if d.Size > MaxManifest {
		return nil, fmt.Errorf("manifest %s has %d bytes, more than %d", d.Digest, d.Size, MaxManifest)
	}
	if d.Digest.Algorithm() != digest.SHA256 || d.Digest.Validate() != nil {
		return nil, fmt.Errorf("%.80q is no SHA-256 digest", d.Digest)
	}
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, Verified(io.LimitReader(r, MaxManifest+1), d)); err != nil {
		return nil, err
	}
	return raw.Bytes(), nil
}
