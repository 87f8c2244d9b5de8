package command

import (
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// alive is how often a running command says that it is.
const alive = 5 * time.Second

// keepAlive repeats the last note, so that the hub knows that the command is under way.
func (u *Runner) keepAlive(t *Task) (stop func()) {
	var mu sync.Mutex
	var last string
	progress := func() {
		mu.Lock()
		note := last
		mu.Unlock()
		u.opts.Send(wire.TypeProgress, wire.Progress{ID: t.ID, Note: note})
	}
	t.Note = func(text string) {
		mu.Lock()
		same := last == text
		last = text
		mu.Unlock()
		if !same {
			progress()
		}
	}
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(alive)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				progress()
			}
		}
	}()
	return func() { close(done) }
}
