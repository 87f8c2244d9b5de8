package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// ServiceState is what a service's writer knows; it is handed on when the workflow continues as new. Whoever starts
// the workflow fills in the ids.
type ServiceState struct {
	Organization string `json:"org"`
	ProjectID    string `json:"project_id"`
	ServiceID    string `json:"service_id"`
	backlog
	// Endings are still to be recorded, oldest first.
	Endings []Ending `json:"endings,omitempty"`
	// Warm are the earlier releases that still run, oldest first.
	Warm []Warm `json:"warm,omitempty"`
	// Remembers is false in the first run, which does not know yet what an earlier, terminated one left behind.
	Remembers bool `json:"remembers,omitempty"`
	// MaxHistory is the number of events after which the writer continues as new; zero means 4000. The writer does so
	// earlier where the server suggests it.
	MaxHistory int `json:"max_history,omitempty"`
}

const defaultMaxHistory = 4000

// serviceWriter is one run of Service. Only its root coroutine receives requests, and the root never blocks on
// anything but its own condition. Whatever takes time runs in another coroutine, which reports by changing a field
// below.
type serviceWriter struct {
	ServiceState
	// running is the request under way, nil between two requests.
	running *runningRequest
	// ending is true while an ending is being recorded.
	ending bool
	// signalling counts signals under way to deployments.
	signalling int
	// retiring is the release that is being removed.
	retiring string
	// deleting is true once the service's deletion was requested, removed once the removal has ended, with removeErr.
	deleting, removed bool
	deletion          Request
	removeErr         error
	// warmChanged wakes the coroutine that removes warm releases.
	warmChanged bool
}

// step is what the root coroutine does next.
type step int

const (
	stepWait step = iota
	stepRun
	stepRemove
	stepContinueAsNew
	stepReturn
)

// Service is the one writer of a service: it takes deployments, operations, cancellations and the deletion as
// signals and runs them one at a time. It also removes warm releases when their rollback window is over. See the
// package comment.
func Service(ctx workflow.Context, state ServiceState) error {
	w := &serviceWriter{ServiceState: state}
	requests := workflow.GetSignalChannel(ctx, SignalRequest)
	workflow.Go(ctx, w.removeWarmReleases)
	workflow.Go(ctx, w.recordEndings)
	for {
		err := workflow.Await(ctx, func() bool { return requests.Len() > 0 || w.next(ctx) != stepWait })
		if err != nil {
			w.awaitCancelledRun(ctx)
			return err
		}
		// Nothing blocks between here and the return: a request is either in the state or comes to the next run.
		for r := (Request{}); requests.ReceiveAsync(&r); r = (Request{}) {
			w.accept(ctx, r)
		}
		switch w.next(ctx) {
		case stepRun:
			w.start(ctx, w.pop())
		case stepRemove:
			w.start(ctx, w.deletion)
		case stepContinueAsNew:
			return workflow.NewContinueAsNewError(ctx, NameService, w.ServiceState)
		case stepReturn:
			return w.removeErr
		}
	}
}

// next decides what the root does, from the state alone.
func (w *serviceWriter) next(ctx workflow.Context) step {
	switch {
	case w.running != nil:
		return stepWait
	case w.removed && !w.ending && w.signalling == 0 && len(w.Endings) == 0:
		return stepReturn
	case w.removed:
		return stepWait
	case w.deleting:
		return stepRemove
	case w.shouldContinueAsNew(ctx) && w.retiring == "":
		if w.ending || w.signalling > 0 {
			return stepWait
		}
		return stepContinueAsNew
	case len(w.Queue) > 0:
		// A retirement under way puts the continuation off, but it never holds up a request.
		return stepRun
	}
	return stepWait
}

// shouldContinueAsNew reports whether the history is long enough. From then on no ending and no retirement begins, so
// that those under way come to an end and the writer can continue.
func (w *serviceWriter) shouldContinueAsNew(ctx workflow.Context) bool {
	limit := w.MaxHistory
	if limit == 0 {
		limit = defaultMaxHistory
	}
	info := workflow.GetInfo(ctx)
	return !w.deleting && (info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > limit)
}

// awaitCancelledRun lets the request under way hear that the writer was cancelled, and pass that on to its child.
func (w *serviceWriter) awaitCancelledRun(ctx workflow.Context) {
	free, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	_ = workflow.Await(free, func() bool { return w.running == nil })
}
