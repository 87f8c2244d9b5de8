// Package reactors turns events into workflow starts and signals, and into messages of the outbox. It is never rebuilt: what
// it has done is done.
//
// A reactor has a name, a filter, a handler and a checkpoint. It handles every event at least once, and the events of one
// stream in the order of the log. Handlers are idempotent, because ids of workflows are derived and signals carry event ids.
//
// What happens to an event that cannot be handled depends on the reason:
//
//   - An outage (Temporal or the database does not answer): the reactor tries the event until it succeeds. Nothing is parked.
//   - An event type or version that this program does not know: the reactor stops, and its checkpoint stays. This replica
//     then stands aside, so that a replica with a newer program can take the turn.
//   - Anything else, several times in a row: the event is parked in reactor_parked, with its stream. Later events of that
//     stream are parked behind it. They are tried again in their order, with growing pauses. Other streams go on.
//
// The rescuer (rescuer.go) finds open work that no workflow works on. It reads reactor_open, which reactor "open" keeps.
package reactors
