package logs

import (
	"context"

	"github.com/syntra-dev/syntra/agent/wire"
)

// One batch of log lines, far below wire.MaxFrame however much JSON's escapes add.
const (
	batchRecords = 2000
	batchBytes   = 1 << 20
)

// Shipper sends the spool's lines over one session.
type Shipper struct {
	log  *Log
	send func(frameType string, v any) error
	acks chan uint64
}

// NewShipper makes one for a session. A failure of send is the session's end.
func (l *Log) NewShipper(send func(frameType string, v any) error) *Shipper {
	return &Shipper{log: l, send: send, acks: make(chan uint64, 8)}
}

// Run sends log lines until ctx ends, one batch at a time: the next goes when the hub has this one on its disk. What was
// not acknowledged goes again over the next connection, under the same numbers.
func (s *Shipper) Run(ctx context.Context) {
	from, log := s.log.spool, s.log.log
	for {
		batch, err := from.Next(ctx, batchRecords, batchBytes)
		if err != nil {
			if ctx.Err() == nil {
				log.Error("agent: log lines cannot be read from the spool; they stay there until the next connection", "error", err)
			}
			return
		}
		if s.send(wire.TypeLogs, wire.Logs{Batch: batch.Number, Records: batch.Records}) != nil {
			return
		}
		for acked := false; !acked; {
			select {
			case <-ctx.Done():
				return
			case number := <-s.acks:
				acked = number == batch.Number
			}
		}
		if err := from.Ack(batch.Number); err != nil {
			log.Error("agent: sent log lines stay in the spool", "error", err)
			return
		}
	}
}

// Acked takes the hub's word that it has a batch.
func (s *Shipper) Acked(ack wire.LogsAck) {
	select {
	case s.acks <- ack.Batch:
	default: // more acks than batches: the shipper has what it needs
	}
}
