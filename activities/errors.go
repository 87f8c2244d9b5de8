package activities

import (
	"errors"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"go.temporal.io/sdk/temporal"
)

// Types of the application errors that workflows decide on. Everything else is a disturbance, and is tried again.
const (
	// ErrTypeAgent is a failure that the agent answered; its details are one Failure.
	ErrTypeAgent = "agent_failure"
	// ErrTypeAway says that the agent is not connected to the replica that was asked: look again.
	ErrTypeAway = "agent_away"
	// ErrTypeOpen says that a workflow which is waited for still runs: look again.
	ErrTypeOpen = "still_open"
	// ErrTypeEnded says that the deployment has ended already.
	ErrTypeEnded = "ended"
	// ErrTypeCancelled says that the deployment was asked to stop before it moved traffic.
	ErrTypeCancelled = "cancel_requested"
	// ErrTypeRefused is a refusal by an aggregate; its details are one Failure.
	ErrTypeRefused = "refused"
	// ErrTypeUnavailable says that a part such as the log is down: the same works once it is back.
	ErrTypeUnavailable = "unavailable"
	// ErrTypeUnverified says that the new release was routed, but was not seen well afterwards; its details are one Failure.
	ErrTypeUnverified = "unverified"
)

// Failure is why something cannot be, for a machine and for a person.
type Failure struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// refused turns a refusal by an aggregate into an error that is not retried.
func refused(err error) error {
	var e *domain.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == domain.Unavailable {
		return temporal.NewApplicationErrorWithOptions(e.Message, ErrTypeUnavailable, temporal.ApplicationErrorOptions{Cause: err})
	}
	kind := ErrTypeRefused
	switch e.Reason {
	case "ended":
		kind = ErrTypeEnded
	case "cancel_requested":
		kind = ErrTypeCancelled
	}
	code := e.Reason
	if code == "" {
		code = string(e.Code)
	}
	return failed(kind, Failure{Code: code, Reason: e.Message})
}

// failed and away are part of normal work: the SDK must not log them as errors.
func failed(kind string, f Failure) error {
	return temporal.NewApplicationErrorWithOptions(f.Reason, kind, temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{f}, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

func agentFailed(f *wire.Failure) error {
	return failed(ErrTypeAgent, Failure{Code: f.Code, Reason: f.Message})
}

func away(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), ErrTypeAway, temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// cancelled is the end of an activity that the workflow cancelled.
func cancelled() error {
	return temporal.NewApplicationErrorWithOptions("cancelled", "cancelled", temporal.ApplicationErrorOptions{
		Cause: temporal.NewCanceledError(), Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// FailureOf reads the kind and the failure of an error that an activity of this package returned; the kind is "" for a
// disturbance.
func FailureOf(err error) (kind string, f Failure) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return "", Failure{}
	}
	switch app.Type() {
	case ErrTypeAgent, ErrTypeRefused, ErrTypeUnverified, ErrTypeEnded, ErrTypeCancelled:
		if app.HasDetails() {
			_ = app.Details(&f)
		}
		return app.Type(), f
	case ErrTypeAway:
		return ErrTypeAway, Failure{Reason: app.Message()}
	}
	return "", Failure{}
}

// IsOutage reports whether an activity failed because a part was down or slow, rather than by what it was asked to do.
func IsOutage(err error) bool {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type() == ErrTypeUnavailable
	}
	var timeout *temporal.TimeoutError
	return errors.As(err, &timeout)
}
