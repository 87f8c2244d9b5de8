package notify

import (
	"math/rand/v2"
	"time"
)

// Tries is how often a message is tried before it is dead. With the waits between them that is about a day.
const Tries = 15

const (
	firstWait   = time.Second
	longestWait = 4 * time.Hour
	// longestPause is the most that a receiver's Retry-After can ask for.
	longestPause = 24 * time.Hour
)

// waitAfter returns how long to wait after a failed try, by the number of tries so far: 1 s, 3 s, 9 s, … up to 4 h, each
// up to a fifth shorter or longer.
func waitAfter(tries int) time.Duration {
	wait := firstWait
	for range tries - 1 {
		if wait *= 3; wait >= longestWait {
			wait = longestWait
			break
		}
	}
	return wait*4/5 + rand.N(wait*2/5)
}
