package runtime

import "errors"

// ErrUnavailable is in the chain of every error that comes from an engine that does not answer. Nothing is known then
// about what runs: retry, and do not take it for an absence.
var ErrUnavailable = errors.New("the engine does not answer")

// ErrNotFound is in the chain of an error about a replica that this runtime does not hold.
var ErrNotFound = errors.New("no such replica")
