package workflows

import (
	"errors"

	"github.com/syntra-dev/syntra/activities"
)

// Codes of failures that workflows find themselves; the others come from agents and aggregates.
const (
	codeAgentOffline = "agent_offline" // it was away from the start
	codeAgentLost    = "agent_lost"    // it went away in between
	codeNotVerified  = "not_verified"  // routed, but not seen well afterwards
	codeInterrupted  = "interrupted"   // its workflow was cancelled while it moved the traffic
	codeInternal     = "internal"
)

// failure ends a deployment or an operation, for a person to read.
type failure struct{ activities.Failure }

func (f *failure) Error() string { return f.Reason }

func fail(code, reason string) error {
	return &failure{activities.Failure{Code: code, Reason: reason}}
}

// errCancelled ends what a person took back.
var errCancelled = errors.New("cancelled")

// errEnded ends what the log says has ended already.
var errEnded = errors.New("ended")
