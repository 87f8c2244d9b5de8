// Package itertest checks that iterators keep the contract of package iter. An iterator that calls its loop again after
// the loop was left panics in production, and a panic in a goroutine ends the process.
package itertest

import (
	"context"
	"iter"
	"testing"
	"time"
)

// patience bounds how long an iterator may take to return after its loop was left.
const patience = 20 * time.Second

// StopsWhenLeft leaves the loop at each of the first items, and cancels the iterator's context at that moment. It fails
// the test when the iterator calls the loop once more, does not return, or ends before the item.
func StopsWhenLeft[K, V any](t testing.TB, items int, begin func(context.Context) iter.Seq2[K, V]) {
	t.Helper()
	for leave := 1; leave <= items; leave++ {
		for _, cancelled := range []bool{true, false} {
			leaveAt(t, leave, cancelled, begin)
		}
	}
}

func leaveAt[K, V any](t testing.TB, leave int, cancelled bool, begin func(context.Context) iter.Seq2[K, V]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	calls, ended := 0, make(chan int, 1)
	go func() {
		begin(ctx)(func(K, V) bool {
			calls++
			if calls == leave && cancelled {
				cancel()
			}
			return calls < leave
		})
		ended <- calls
	}()
	select {
	case got := <-ended:
		if got > leave {
			t.Errorf("the loop was left at item %d (context cancelled: %t), and was called %d times", leave, cancelled, got)
		} else if got < leave {
			t.Errorf("the iterator ended after %d items; item %d was expected", got, leave)
		}
	case <-time.After(2 * patience):
		t.Errorf("the iterator did not return after its loop was left at item %d (context cancelled: %t)", leave, cancelled)
	}
}
