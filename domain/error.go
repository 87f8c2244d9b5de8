package domain

import (
	"errors"
	"fmt"
)

// Code classes an error by what the caller can do about it. The API maps each code to one HTTP status.
type Code string

const (
	Invalid      Code = "invalid"      // the request is malformed; change it
	Unauthorized Code = "unauthorized" // no or bad credentials; log in
	Forbidden    Code = "forbidden"    // the role does not allow it; ask an owner
	NotFound     Code = "not_found"    // no such thing in this organization
	Conflict     Code = "conflict"     // the thing is in a state that forbids it, or someone else was first
	TooLarge     Code = "too_large"    // over a limit that the message names
	Unavailable  Code = "unavailable"  // a part is down; try again later
)

// Error is a refusal that a person can act on: Message names the thing, what failed and what to do.
type Error struct {
	Code    Code
	Message string
	// Reason is a stable machine-readable word within the code, such as "slug_taken"; may be empty.
	Reason string
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithReason sets the machine-readable reason.
func (e *Error) WithReason(reason string) *Error {
	e.Reason = reason
	return e
}

// CodeOf returns the code of the first Error in err's chain, or "" where there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
