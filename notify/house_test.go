package notify_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/notify"
)

const org = "org_acme"

// channel hands each message to a function, and remembers which ones it was given.
type channel struct {
	mu      sync.Mutex
	given   []string // destination and type
	deliver func(ctx context.Context, m notify.Message) error
}

func (c *channel) Deliver(ctx context.Context, m notify.Message) (notify.Answer, error) {
	c.mu.Lock()
	c.given = append(c.given, m.Destination+" "+m.Type)
	deliver := c.deliver
	c.mu.Unlock()
	if deliver == nil {
		return notify.Answer{Status: 204}, nil
	}
	return notify.Answer{Body: "told"}, deliver(ctx, m)
}

func (c *channel) does(deliver func(ctx context.Context, m notify.Message) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliver = deliver
}

func (c *channel) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.given...)
}

// house is an outbox in a real database.
type house struct {
	*testing.T
	*notify.Outbox
	pool    *pgxpool.Pool
	channel *channel
}

func newHouse(t *testing.T) *house {
	t.Helper()
	pool := postgrestest.New(t)
	return &house{T: t, Outbox: notify.NewOutbox(pool), pool: pool, channel: &channel{}}
}

// work runs a worker until stop is called.
func (h *house) work(change ...func(*notify.Options)) (stop func()) {
	h.Helper()
	o := notify.Options{
		Channels:  map[string]notify.Channel{"test": h.channel},
		Logger:    slog.New(slog.DiscardHandler),
		Poll:      5 * time.Millisecond,
		WaitAfter: func(int) time.Duration { return time.Millisecond },
	}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Outbox.Run(ctx, o) }()
	stop = sync.OnceFunc(func() { cancel(); require.NoError(h, <-ended) })
	h.Cleanup(stop)
	return stop
}

func message(destination, what string) notify.New {
	return notify.New{Channel: "test", Destination: destination, Key: what, Type: what, Payload: `{"what":"` + what + `"}`}
}

// enqueue puts n messages of a destination into the outbox, and returns their ids.
func (h *house) enqueue(destination string, n int) (ids []string) {
	h.Helper()
	var all []notify.New
	for i := range n {
		all = append(all, message(destination, fmt.Sprintf("%s-%d", destination, i)))
	}
	ids, err := h.Enqueue(h.Context(), org, all...)
	require.NoError(h, err)
	return ids
}

func (h *house) delivery(messageID string) notify.Delivery {
	h.Helper()
	d, err := h.Delivery(h.Context(), org, messageID)
	require.NoError(h, err)
	return d
}

// await waits until something is so.
func (h *house) await(what string, so func() bool) {
	h.Helper()
	require.Eventually(h, so, time.Minute, 10*time.Millisecond, "never happened: %s", what)
}

func (h *house) awaitState(state notify.State, ids ...string) {
	h.Helper()
	for _, messageID := range ids {
		h.await(messageID+" is "+string(state), func() bool { return h.delivery(messageID).State == state })
	}
}
