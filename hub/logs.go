package hub

import (
	"errors"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/telemetry"
)

// queueLogs takes a batch in; a full queue means that the agent does not wait for acks as it must.
func (l *link) queueLogs(batch wire.Logs) {
	select {
	case l.logs <- batch:
	default:
		l.cancel(errors.New("hub: the agent sends log batches without waiting"))
		_ = l.conn.CloseNow() // it ends either way
	}
}

// storeLogs hands batches to the sink, in order, and acknowledges those that are safe. What cannot be stored now waits,
// and the agent's spool with it.
func (h *Hub) storeLogs(l *link) {
	if h.opts.Logs == nil {
		return
	}
	for {
		select {
		case <-l.ctx.Done():
			return
		case batch := <-l.logs:
			h.storeBatch(l, batch)
		}
	}
}

func (h *Hub) storeBatch(l *link, batch wire.Logs) {
	for i := range batch.Records {
		stamp(&batch.Records[i], l)
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		err := h.opts.Logs.Write(l.ctx, batch.Records)
		if err == nil {
			h.metrics.logs.Add(float64(len(batch.Records)))
			_ = l.send(wire.TypeLogsAck, wire.LogsAck{Batch: batch.Batch}) // a failure ends the link, and the agent repeats the batch
			return
		}
		if l.ctx.Err() != nil {
			return
		}
		h.log.Error("hub: cannot store log lines; they wait on the agent", "server", l.server, "records", len(batch.Records), "error", err)
		select {
		case <-l.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// stamp writes what the hub knows over what the agent says: an agent can speak only for its own server and organization,
// and its spool's name cannot collide with another's.
func stamp(r *telemetry.Record, l *link) {
	r.Organization, r.Server = l.org, l.server
	r.Source = l.server + "/" + r.Source
	if len(r.Body) > telemetry.MaxBody+len(telemetryCut) {
		r.Body = r.Body[:telemetry.MaxBody] + telemetryCut
	}
}

// telemetryCut ends a line that was too long (see telemetry.MaxBody).
const telemetryCut = "…[cut]"
