package notify

// WaitAfter and Prune are for tests.
var (
	WaitAfter = waitAfter
	Prune     = (*Outbox).prune
)
