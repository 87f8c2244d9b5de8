package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/notify"
)

func TestADestinationHearsOfAKeyOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, err := h.Enqueue(t.Context(), org, message("a", "born"), message("b", "born"))
	require.NoError(t, err)
	again, err := h.Enqueue(t.Context(), org, message("a", "born"), message("b", "born"))
	require.NoError(t, err)
	require.Equal(t, first, again, "the same message has the same id")
	h.work()
	h.awaitState(notify.Delivered, first...)
	_, err = h.Enqueue(t.Context(), org, message("a", "born"))
	require.NoError(t, err)
	last, err := h.Enqueue(t.Context(), org, message("a", "grown"))
	require.NoError(t, err)
	h.awaitState(notify.Delivered, last...)
	require.ElementsMatch(t, []string{"a born", "b born", "a grown"}, h.channel.got())
	d := h.delivery(first[0])
	require.Equal(t, 1, d.Attempts)
	require.Equal(t, 204, d.AnswerStatus)
	require.NotNil(t, d.FinishedAt)
	require.Nil(t, d.NextAt)
}

func TestAFailedMessageIsTriedAgainUntilItIsDeadAndCanBeRedelivered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.does(func(context.Context, notify.Message) error { return errors.New("no\x00body there") })
	ids := h.enqueue("a", 1)
	h.work()
	h.awaitState(notify.Dead, ids...)
	d := h.delivery(ids[0])
	require.Equal(t, notify.Tries, d.Attempts)
	require.Len(t, h.channel.got(), notify.Tries)
	require.Equal(t, "nobody there", d.Error, "the last reason is kept, fit to be shown")
	require.Equal(t, "told", d.Answer)

	h.channel.does(nil)
	d, err := h.Redeliver(t.Context(), org, ids[0])
	require.NoError(t, err)
	require.Equal(t, notify.Pending, d.State)
	h.awaitState(notify.Delivered, ids...)
	d = h.delivery(ids[0])
	require.Equal(t, 1, d.Attempts)
	require.Empty(t, d.Error)
}

func TestAFinalFailureAndAPanicEndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.does(func(_ context.Context, m notify.Message) error {
		switch {
		case m.Destination == "gone":
			return &notify.Failure{Reason: "the receiver is gone", Final: true}
		case m.Attempts == 0:
			panic("a mistake of ours")
		}
		return nil
	})
	gone, odd := h.enqueue("gone", 1), h.enqueue("odd", 1)
	h.work()
	h.awaitState(notify.Dead, gone...)
	require.Equal(t, 1, h.delivery(gone[0]).Attempts)
	h.awaitState(notify.Delivered, odd...)
	require.Equal(t, 2, h.delivery(odd[0]).Attempts)
}

func TestRetryAfterHoldsForAllMessagesOfADestination(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.does(func(_ context.Context, m notify.Message) error {
		if m.Destination == "busy" {
			return &notify.Failure{Reason: "too many", RetryAfter: time.Hour}
		}
		return nil
	})
	busy := h.enqueue("busy", 5)
	h.work(func(o *notify.Options) { o.PerDestination = 1 })
	h.awaitState(notify.Delivered, h.enqueue("free", 5)...)
	tried := 0
	for _, messageID := range busy {
		h.await("all wait", func() bool { return time.Until(*h.delivery(messageID).NextAt) > 50*time.Minute })
		tried += h.delivery(messageID).Attempts
	}
	require.Equal(t, 1, tried, "one was refused, and the others were spared")
}

func TestADeadReceiverDelaysNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.does(func(ctx context.Context, m notify.Message) error {
		if m.Destination == "a-dead" {
			<-ctx.Done()
		}
		return ctx.Err()
	})
	dead := h.enqueue("a-dead", 300)
	h.work(func(o *notify.Options) { o.Concurrency, o.PerDestination, o.Grace = 4, 3, time.Millisecond })
	h.awaitState(notify.Delivered, h.enqueue("b", 30)...)
	h.awaitState(notify.Delivered, h.enqueue("c", 30)...)
	held := 0
	for _, got := range h.channel.got() {
		if strings.HasPrefix(got, "a-dead") {
			held++
		}
	}
	require.Equal(t, 3, held, "no more than PerDestination")
	require.Equal(t, notify.Pending, h.delivery(dead[299]).State)
}

func TestADestinationThatFailsGetsOneMessageAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now, most := make(chan struct{}, 100), 0
	h.channel.does(func(_ context.Context, m notify.Message) error {
		if m.Type == "a-0" && m.Attempts == 0 {
			return errors.New("down")
		}
		now <- struct{}{}
		defer func() { <-now }()
		most = max(most, len(now)) // one at a time, so that no lock is needed
		return nil
	})
	first := h.enqueue("a", 1)
	stop := h.work(func(o *notify.Options) { o.WaitAfter = func(int) time.Duration { return time.Hour } })
	h.await("the first failure", func() bool { return h.delivery(first[0]).Attempts == 1 })
	h.awaitState(notify.Delivered, h.enqueue("a", 40)[1:]...)
	stop()
	require.Equal(t, 1, most)
}

func TestTwoReplicasDeliverEachMessageOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.enqueue("a", 100)
	ids = append(ids, h.enqueue("b", 100)...)
	h.work()
	h.work()
	h.awaitState(notify.Delivered, ids...)
	require.Len(t, h.channel.got(), 200)
}

func TestAWorkerThatEndsGivesBackWhatItHasNotSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reached := make(chan struct{}, 1)
	h.channel.does(func(ctx context.Context, _ notify.Message) error {
		reached <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	ids := h.enqueue("a", 1)
	stop := h.work(func(o *notify.Options) { o.Lease, o.Grace = time.Hour, time.Millisecond })
	<-reached
	stop()
	require.Equal(t, 0, h.delivery(ids[0]).Attempts, "what was cut off is no try")
	h.channel.does(nil)
	h.work()
	h.awaitState(notify.Delivered, ids...)
}

func TestALeaseThatRunsOutIsTakenByAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	held, letGo := make(chan struct{}), make(chan struct{})
	h.channel.does(func(_ context.Context, m notify.Message) error {
		select {
		case held <- struct{}{}:
			<-letGo
			return errors.New("too late to fail")
		default:
			return nil
		}
	})
	ids := h.enqueue("a", 1)
	stop := h.work(func(o *notify.Options) { o.Lease = 50 * time.Millisecond })
	<-held
	h.work()
	h.awaitState(notify.Delivered, ids...)
	close(letGo)
	stop()
	require.Equal(t, notify.Delivered, h.delivery(ids[0]).State, "a late failure takes nothing back")
}

func TestPostgresKeepsTheMessagesOfOrganizationsApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.enqueue("a", 1)
	_, err := h.Delivery(t.Context(), "org_evil", ids[0])
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	_, err = h.Redeliver(t.Context(), "org_evil", ids[0])
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	page, _, err := h.Deliveries(t.Context(), "org_evil", notify.Query{Channel: "test", Destination: "a"})
	require.NoError(t, err)
	require.Empty(t, page)
	require.NoError(t, h.Forget(t.Context(), "org_evil", "test", "a"))
	require.Equal(t, notify.Pending, h.delivery(ids[0]).State)
	var n int
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT count(*) FROM notify_message`).Scan(&n))
	require.Zero(t, n, "without an organization nothing is seen")
}

func TestDeliveriesComeInPagesNewestFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.enqueue("a", 5)
	h.enqueue("b", 1)
	q := notify.Query{Channel: "test", Destination: "a", Limit: 2}
	var seen []string
	for {
		page, next, err := h.Deliveries(t.Context(), org, q)
		require.NoError(t, err)
		for _, d := range page {
			seen = append([]string{d.ID}, seen...)
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	require.Equal(t, ids, seen)
	page, _, err := h.Deliveries(t.Context(), org, notify.Query{Channel: "test", Destination: "a", State: notify.Dead})
	require.NoError(t, err)
	require.Empty(t, page)
	_, _, err = h.Deliveries(t.Context(), org, notify.Query{Cursor: "x"})
	require.Equal(t, domain.Invalid, domain.CodeOf(err))
}

func TestWhatHasEndedIsDeletedAfterAWhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	done := h.enqueue("a", 3)
	stop := h.work()
	h.awaitState(notify.Delivered, done...)
	stop()
	open := h.enqueue("b", 1)
	n, err := notify.Prune(h.Outbox, t.Context(), time.Hour, 100)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = notify.Prune(h.Outbox, t.Context(), 0, 2)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	require.Equal(t, notify.Pending, h.delivery(open[0]).State)
}

func TestTheOutboxIsUnwellWhenNothingIsTriedWhileSomethingIsDue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, h.Healthy(t.Context()))
	age := func(set string) {
		_, err := h.pool.Exec(t.Context(), `ALTER TABLE notify_message NO FORCE ROW LEVEL SECURITY; UPDATE notify_message SET `+set+`;
			ALTER TABLE notify_message FORCE ROW LEVEL SECURITY`)
		require.NoError(t, err)
	}
	waiting := h.enqueue("slow", 2)
	require.NoError(t, h.Healthy(t.Context()))
	age(`next_at = now() - interval '10 minutes'`)
	require.ErrorContains(t, h.Healthy(t.Context()), "none was tried for 10m0s")
	age(`tried_at = now() - interval '1 minute' WHERE id = '` + waiting[0] + `'`)
	require.NoError(t, h.Healthy(t.Context()), "others are tried: this receiver is slow")
	age(`tried_at = now() - interval '6 minutes'`)
	require.ErrorContains(t, h.Healthy(t.Context()), "none was tried for 6m0s")
}

func TestTheTriesSpreadOverADay(t *testing.T) {
	t.Parallel()
	var total time.Duration
	for try := 1; try < notify.Tries; try++ {
		wait := notify.WaitAfter(try)
		require.GreaterOrEqual(t, wait, 800*time.Millisecond)
		require.Less(t, wait, 5*time.Hour)
		total += wait
	}
	require.InDelta(t, 22.7, total.Hours(), 4.6)
	require.Less(t, notify.WaitAfter(1), 2*time.Second, "the second try comes at once")
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	large := message("a", "large")
	large.Payload = strings.Repeat("x", notify.MaxPayload+1)
	_, err := h.Enqueue(t.Context(), org, large)
	require.ErrorContains(t, err, "16385 bytes")
	_, err = h.Enqueue(t.Context(), org, notify.New{Channel: "test", Key: "k"})
	require.ErrorContains(t, err, "a destination")
}
