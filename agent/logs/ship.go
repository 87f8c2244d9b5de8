package logs

import (
	"context"
	"errors"
	"time"

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

// retryShip is how long a shipper waits before it reads the spool again that could not be read.
const retryShip = time.Second

// Run sends log lines until ctx ends, one batch at a time: the next goes when the hub has this one on its disk. What was
// not acknowledged goes again over the next session, under the same numbers. Trouble of the spool's is tried again.
func (s *Shipper) Run(ctx context.Context) {
	log, troubled := s.log.log, false
	for {
		pause, err := s.batch(ctx)
		if ctx.Err() != nil || errors.Is(err, errSession) {
			return
		}
		if err != nil && !troubled {
			log.Error("agent: the log spool is in trouble; log lines are sent as far as it goes", "error", err)
		}
		troubled = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// errSession is a session that has ended.
var errSession = errors.New("the session has ended")

// batch sends one batch, and returns how long to wait before the next.
func (s *Shipper) batch(ctx context.Context) (pause time.Duration, err error) {
	batch, err := s.log.spool.Next(ctx, batchRecords, batchBytes)
	if err != nil {
		return retryShip, err
	}
	if s.send(wire.TypeLogs, wire.Logs{Batch: batch.Number, Records: batch.Records}) != nil {
		return 0, errSession
	}
	for {
		select {
		case <-ctx.Done():
			return 0, errSession
		case number := <-s.acks:
			if number == batch.Number {
				return 0, s.log.spool.Ack(number) // an error is about files, not about these lines
			}
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
