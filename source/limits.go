package source

import (
	"fmt"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain"
)

// Limits bound a source. Zero fields are unbounded.
type Limits struct {
	// ArchiveBytes bounds the packed archive, Bytes the sum of the files in it.
	ArchiveBytes, Bytes int64
	// Files bounds the count of files, folders and links.
	Files int
}

// DefaultLimits are what the API takes and an agent unpacks.
var DefaultLimits = Limits{ArchiveBytes: 256 << 20, Bytes: 2 << 30, Files: 200_000}

// Refusal says why a source is not taken. In its chain are a *domain.Error (Invalid or TooLarge; for the API) and a
// *runtime.Error (CodeBadSource; for the agent).
type Refusal struct {
	domain  *domain.Error
	runtime *runtime.Error
}

func (r *Refusal) Error() string { return r.domain.Message }

// Unwrap answers both forms of the refusal.
func (r *Refusal) Unwrap() []error { return []error{r.domain, r.runtime} }

func refuse(code domain.Code, reason, format string, args ...any) error {
	e := domain.Errorf(code, format, args...).WithReason(reason)
	return &Refusal{domain: e, runtime: &runtime.Error{Code: runtime.CodeBadSource, Message: e.Message}}
}

func badArchive(format string, args ...any) error {
	return refuse(domain.Invalid, "bad_archive", "the archive is refused: "+format, args...)
}

func tooLarge(format string, args ...any) error {
	return refuse(domain.TooLarge, "source_too_large", format, args...)
}

const tooLargeCode = domain.TooLarge

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
