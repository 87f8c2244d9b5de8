package agent

import (
	"fmt"

	"github.com/syntra-dev/syntra/agent/wire"
)

// One batch of log lines, far below wire.MaxFrame however much JSON's escapes add.
const (
	batchRecords = 2000
	batchBytes   = 1 << 20
)

// ship sends log lines, one batch at a time: the next goes when the hub has this one on its disk. What was not
// acknowledged goes again over the next connection, under the same numbers.
func (a *Agent) ship(s *session) {
	for {
		batch, err := a.spool.Next(s.ctx, batchRecords, batchBytes)
		if err != nil {
			if s.ctx.Err() == nil {
				a.log.Error("agent: log lines cannot be read from the spool; they stay there until the next connection", "error", err)
			}
			return
		}
		if s.send(wire.TypeLogs, wire.Logs{Batch: batch.Number, Records: batch.Records}) != nil {
			return
		}
		for acked := false; !acked; {
			select {
			case <-s.ctx.Done():
				return
			case number := <-s.logsAcks:
				acked = number == batch.Number
			}
		}
		if err := a.spool.Ack(batch.Number); err != nil {
			a.log.Error("agent: sent log lines stay in the spool", "error", err)
			return
		}
	}
}

func (s *session) logsAcked(ack wire.LogsAck) {
	select {
	case s.logsAcks <- ack.Batch:
	default: // more acks than batches: the shipper has what it needs
	}
}

func gapText(lost int) string {
	return fmt.Sprintf("about %d lines are missing: the runtime had dropped them before they could be read", lost)
}
