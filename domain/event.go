// Package domain holds what every aggregate shares: the shape of an event, of an actor and of an error.
//
// Packages below domain are pure: no I/O, no SQL, no HTTP, no Temporal, no clock and no randomness.
// Ids and times are arguments, so that the same history always decides the same.
package domain

// Event is a fact that was decided. Its type string and version are its identity in the log for ever;
// the Go type behind it may be renamed freely.
type Event interface {
	// EventType is a stable, dotted, past-tense name such as "deployment.requested".
	EventType() string
}

// Versioned is implemented by events whose JSON shape has changed since version 1.
type Versioned interface {
	Event
	EventVersion() int
}

// VersionOf returns the schema version under which e is written today.
func VersionOf(e Event) int {
	if v, ok := e.(Versioned); ok {
		return v.EventVersion()
	}
	return 1
}

// Aggregate folds its own events into the state that its decisions need.
type Aggregate interface {
	Apply(Event)
}

// Fold builds state from history.
func Fold[A Aggregate](state A, history ...Event) A {
	for _, e := range history {
		state.Apply(e)
	}
	return state
}
