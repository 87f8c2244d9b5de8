package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// deliver tries one message and records the outcome.
func (w *worker) deliver(ctx context.Context, m Message) {
	began := time.Now()
	answer, err := w.send(ctx, m)
	took := time.Since(began)
	// The outcome is recorded also where the worker ends meanwhile.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Lease)
	defer cancel()
	if err != nil && ctx.Err() != nil {
		err = w.giveBack(note, m)
	} else {
		out := w.judge(m, answer, err)
		out.took = took
		w.metrics.observe(m.Channel, out)
		if err = w.settle(note, m, out); out.state == Dead {
			w.log.Warn("a message is given up; it can be redelivered",
				"message", m.ID, "channel", m.Channel, "destination", m.Destination, "org", m.Organization, "reason", out.reason)
		}
	}
	if err != nil {
		w.log.Warn("the outcome of a message is not recorded; it is delivered again", "message", m.ID, "error", err)
	}
}

// send lets the channel deliver. A panic is a failed try: one message must not end the platform.
func (w *worker) send(ctx context.Context, m Message) (answer Answer, err error) {
	channel, has := w.Channels[m.Channel]
	if !has {
		return Answer{}, fmt.Errorf("this replica knows no channel %q: update it", m.Channel)
	}
	ctx = eventstore.WithCause(ctx, eventstore.Cause{Causation: m.ID, Trace: m.trace})
	ctx, end := tracing.Start(ctx, trace.SpanKindClient, "deliver "+m.Type, attribute.String("syntra.message", m.ID))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		end(err)
	}()
	return channel.Deliver(ctx, m)
}

// judge decides what a try means for its message.
func (w *worker) judge(m Message, answer Answer, err error) outcome {
	out := outcome{state: Delivered, answer: answer}
	if err == nil {
		return out
	}
	var failure *Failure
	if !errors.As(err, &failure) {
		failure = &Failure{Reason: err.Error()}
	}
	out.reason = failure.Reason
	if failure.Final || m.Attempts+1 >= Tries {
		out.state = Dead
		return out
	}
	out.state, out.pause = Pending, min(failure.RetryAfter, longestPause)
	out.wait = max(w.WaitAfter(m.Attempts+1), out.pause)
	return out
}
