package hub

import (
	"errors"
	"runtime/debug"
)

// errPanicked is what a panic becomes; the log has the panic and its stack.
var errPanicked = errors.New("hub: a task panicked, see the platform's log")

// recovered runs f, which serves one agent or one caller, and returns a panic as an error: it must not end the process,
// and with it everybody else's connections.
func (h *Hub) recovered(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			h.log.Error("hub: a task panicked", "panic", v, "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return f()
}
