// Package reactors turns events into workflow starts and signals. It holds no state but a checkpoint and is never rebuilt.
//
// A reactor handles every event at least once, in the order of the log: its checkpoint moves on only after the event's
// handler has succeeded. Handlers are idempotent, because the ids of workflows are derived and signals carry event ids.
package reactors
