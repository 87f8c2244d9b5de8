package artifact

import (
	"errors"
	"fmt"
)

// Code classes an error, in the words of the OCI distribution specification.
type Code string

const (
	BlobUnknown         Code = "BLOB_UNKNOWN"
	BlobUploadInvalid   Code = "BLOB_UPLOAD_INVALID"
	BlobUploadUnknown   Code = "BLOB_UPLOAD_UNKNOWN"
	DigestInvalid       Code = "DIGEST_INVALID"
	ManifestBlobUnknown Code = "MANIFEST_BLOB_UNKNOWN"
	ManifestInvalid     Code = "MANIFEST_INVALID"
	ManifestUnknown     Code = "MANIFEST_UNKNOWN"
	NameUnknown         Code = "NAME_UNKNOWN"
	SizeInvalid         Code = "SIZE_INVALID"
	Unauthorized        Code = "UNAUTHORIZED"
	// Denied is a refusal that trying again does not change: the token is for something else, or the quota is used up.
	Denied      Code = "DENIED"
	Unsupported Code = "UNSUPPORTED"
	TooMany     Code = "TOOMANYREQUESTS"
	// Unavailable is not the specification's: another replica may do, or this one later.
	Unavailable Code = "UNAVAILABLE"
)

// Error is a refusal with what to do about it.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Detail is a stable word within the code, such as "quota".
	Detail string `json:"detail,omitempty"`
}

// DetailQuota says that an organization's artifacts fill its quota.
const DetailQuota = "quota"

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsQuota reports whether err says that the quota is used up.
func IsQuota(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == Denied && e.Detail == DetailQuota
}
