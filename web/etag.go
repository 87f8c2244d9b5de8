package web

import (
	"crypto/sha256"
	"encoding/hex"
)

// etag names a content (RFC 9110, 8.8.3).
func etag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
