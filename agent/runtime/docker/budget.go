package docker

import (
	"fmt"
	"strconv"

	"github.com/docker/docker/api/types/container"
)

// What containers' logs may take on the engine's disk, in bytes. The engine knows a bound for each container only, and
// knows it from the container's start on: so each new one is given a part of what the others have left of the total.
const (
	logFiles = 3
	// mostLog is what one container gets at most: rotation loses lines silently under a flood, and with files of this size
	// none were lost.
	mostLog = 300 << 20
	// leastLog is what one gets at least, also beyond the total.
	leastLog = 12 << 20
	// logShare is the part of what is left that a new container gets.
	logShare = 8
)

// logBudget returns how much a new container may log, where the others may log so much already.
func logBudget(total, given int64) int64 {
	return max(leastLog, min(mostLog, (total-given)/logShare))
}

// logsGiven sums what containers may log.
func logsGiven(list []container.Summary) (sum int64) {
	for _, c := range list {
		n, err := strconv.ParseInt(c.Labels[labelLogs], 10, 64)
		if err != nil {
			n = mostLog // made before there was a budget
		}
		sum += n
	}
	return sum
}

func logConfig(bytes int64) container.LogConfig {
	return container.LogConfig{Type: "local", Config: map[string]string{
		"max-size": fmt.Sprintf("%dk", bytes/logFiles>>10), "max-file": strconv.Itoa(logFiles),
	}}
}
