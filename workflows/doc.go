// Package workflows holds the durable processes: service.go (the one writer per service), deploy.go, operation.go and
// buildqueue.go. They own progress and nothing else: what a person must see is appended to the log by an activity, and
// what they decide on comes from the log or from an agent, never from a read model.
//
// Workflow ids are derived, so that starting twice is starting once:
//
//	service/<service id>        one writer per service; runs everything below one at a time
//	deployment/<deployment id>  child of the service; its id is never used again
//	operation/<operation id>    child of the service; stop, start, restart, scale
//	build-queue/<server id>     hands out the build slots of one server
//
// # The service writer
//
// A request is a signal: a deployment, an operation, a cancellation or the deletion. An ending is the record that a
// request is not run: it was cancelled, superseded, or the service was deleted. A warm release is an earlier one whose
// replicas still run; to retire it is to remove them.
//
//	             request in the queue
//	     +------+ ------------------> +---------+
//	---> | idle |                     | running | a deployment or an operation, as a child
//	     +------+ <------------------ +---------+
//	      |    |     the child ended       |
//	      |    |                           | the service was deleted: a running deployment
//	      |    | the service was deleted   | is cancelled first, an operation is waited for
//	      |    +----------> +----------+ <-+
//	      |                 | removing | ---> ended, once every request is answered
//	      |                 +----------+
//	      | the history is long; nothing is retired, recorded or signalled
//	      +---------------> continued as new, in the state idle
//
// Beside these states, one coroutine retires warm releases and one records endings, one after the other.
//
// What the writer guarantees:
//   - At most one child of a service runs at a time, and requests run in the order of their arrival, except those
//     that a newer one supersedes (backlog.go).
//   - Every request that was received is run, recorded as an ending, or handed on to the next run. Only the root
//     coroutine receives, and it does not block between receiving and returning. The Temporal server refuses to
//     close a run while a signal has arrived that the run has not seen.
//   - A request that comes again under one of the last 500 event ids changes nothing.
//   - A request never waits for a retirement, except a rollback to the very release that is being removed. A
//     retirement never holds a continuation up for longer than itself, as none begins once the history is long.
//   - A signal reaches the deployment that it was meant for or none, however late it is.
//
// What the writer trusts: the reactor that signals each request at least once, Temporal to keep its history, and
// the log to refuse what came too late (a cancellation after traffic began to move, a second end). A run that an operator
// terminates loses its queue; the requests come again from outside, and the new run joins a deployment that still
// runs.
//
// # The build queue
//
// A deployment acquires a slot, is told its place, is granted the slot and releases it. A holder has a lease: when
// the lease ends and the holder's workflow does not run any more, the slot is free. A waiter is told its place when
// it asks, and again at a few places on its way (placesTold), so that n waiters cost a number of signals
// proportional to n. A waiter that hears nothing asks again every minute, which changes nothing in the queue that
// has it already, and brings it into a new queue after an operator has terminated the old one.
package workflows
