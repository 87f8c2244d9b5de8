package eventstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/id"
)

// counter is an aggregate that can only count, up to a limit.
type counter struct{ n int }

type counted struct {
	To int `json:"to"`
}

func (counted) EventType() string { return "counter.counted" }

func (c *counter) Apply(e domain.Event) { c.n = e.(counted).To }

func (c *counter) count(steps int) ([]domain.Event, error) {
	if c.n+steps > 100 {
		return nil, domain.Errorf(domain.Conflict, "enough")
	}
	var events []domain.Event
	for i := range steps {
		events = append(events, counted{c.n + i + 1})
	}
	return events, nil
}

func newLog(t *testing.T) *eventstore.Log {
	store := postgres.New(postgrestest.New(t), slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	return &eventstore.Log{Store: store, Codec: eventstore.NewCodec(counted{})}
}

func command(commandID string) eventstore.Command {
	return eventstore.Command{ID: commandID, Organization: "org_1", Actor: domain.Actor{Kind: domain.ActorUser, ID: "usr_1"}, Correlation: "dep_1", Trace: "00-a-b-01"}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestACommandAppendsWhatWasDecided(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)
	res, err := eventstore.Execute(ctx, l, "counter-1", command("c1"), func(c *counter) ([]domain.Event, error) { return c.count(2) })
	require.NoError(t, err)
	require.Equal(t, []domain.Event{counted{1}, counted{2}}, res.Events)
	require.Equal(t, eventstore.Revision(1), res.Revision)
	require.False(t, res.Repeated)

	i := 0
	for r, err := range l.Read(ctx, "counter-1", 0) {
		require.NoError(t, err)
		require.Equal(t, id.EventID("c1", i), r.ID, "UUIDv5(command id, i)")
		require.Equal(t, eventstore.Meta{Organization: "org_1", Actor: domain.Actor{Kind: domain.ActorUser, ID: "usr_1"}, CommandID: "c1", Causation: "c1", Correlation: "dep_1", Trace: "00-a-b-01"}, r.Meta)
		i++
	}
	loaded, err := eventstore.Load[counter](ctx, l, "counter-1")
	require.NoError(t, err)
	require.Equal(t, 2, loaded.State.n)
	require.Equal(t, res.Position, loaded.Position)

	none, err := eventstore.Load[counter](ctx, l, "counter-none")
	require.NoError(t, err)
	require.Equal(t, eventstore.NoStream, none.Revision)
}

func TestARepeatedCommandAnswersWithItsFirstResult(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)
	first, err := eventstore.Execute(ctx, l, "counter-1", command("c1"), func(c *counter) ([]domain.Event, error) { return c.count(2) })
	require.NoError(t, err)
	_, err = eventstore.Execute(ctx, l, "counter-1", command("c2"), func(c *counter) ([]domain.Event, error) { return c.count(1) })
	require.NoError(t, err)

	again, err := eventstore.Execute(ctx, l, "counter-1", command("c1"), func(*counter) ([]domain.Event, error) {
		t.Error("decided again")
		return nil, nil
	})
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, first.Events, again.Events)
	require.Equal(t, first.Position, again.Position)
	require.Equal(t, first.Revision, again.Revision)
}

func TestFiftyIdenticalCommandsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)
	var wg sync.WaitGroup
	results := make([]eventstore.Result, 50)
	for i := range results {
		wg.Go(func() {
			var err error
			results[i], err = eventstore.Execute(ctx, l, "counter-1", command("same"), func(c *counter) ([]domain.Event, error) { return c.count(1) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fresh := 0
	for _, r := range results {
		require.Equal(t, results[0].Position, r.Position)
		require.Equal(t, []domain.Event{counted{1}}, r.Events)
		if !r.Repeated {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	head, err := l.Head(ctx)
	require.NoError(t, err)
	require.Equal(t, results[0].Position, head, "nothing else was written")
}

func TestAWriterThatComesSecondDecidesAgain(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)

	// Given another writer who is first while this one decides
	asked := 0
	res, err := eventstore.Execute(ctx, l, "counter-1", command("slow"), func(c *counter) ([]domain.Event, error) {
		if asked++; asked == 1 {
			_, err := eventstore.Execute(ctx, l, "counter-1", command("fast"), func(c *counter) ([]domain.Event, error) { return c.count(5) })
			require.NoError(t, err)
		}
		return c.count(1)
	})
	require.NoError(t, err)
	require.Equal(t, 2, asked)
	require.Equal(t, []domain.Event{counted{6}}, res.Events, "decided on what the other had written")

	// Given many writers, none is lost.
	var wg sync.WaitGroup
	var decided atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			for n := range 5 {
				_, err := eventstore.Execute(ctx, l, "counter-many", command(fmt.Sprint(i, "/", n)), func(c *counter) ([]domain.Event, error) {
					decided.Add(1)
					return c.count(1)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	loaded, err := eventstore.Load[counter](ctx, l, "counter-many")
	require.NoError(t, err)
	require.Equal(t, 40, loaded.State.n)
	require.GreaterOrEqual(t, decided.Load(), int32(40))
}

func TestTooManyWritersAreToldToTryAgain(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)
	_, err := eventstore.Execute(ctx, l, "counter-1", command("slow"), func(c *counter) ([]domain.Event, error) {
		_, err := eventstore.Execute(ctx, l, "counter-1", command(rand.Text()), func(c *counter) ([]domain.Event, error) { return c.count(1) })
		require.NoError(t, err)
		return c.count(1)
	})
	require.Equal(t, domain.Unavailable, domain.CodeOf(err))
}

func TestWhatIsRefusedOrNeedsNothingAppendsNothing(t *testing.T) {
	t.Parallel()
	l, ctx := newLog(t), deadline(t)
	first, err := eventstore.Execute(ctx, l, "counter-1", command("c1"), func(c *counter) ([]domain.Event, error) { return c.count(1) })
	require.NoError(t, err)

	_, err = eventstore.Execute(ctx, l, "counter-1", command("c2"), func(c *counter) ([]domain.Event, error) { return c.count(1000) })
	require.Equal(t, domain.Conflict, domain.CodeOf(err))
	same, err := eventstore.Execute(ctx, l, "counter-1", command("c3"), func(c *counter) ([]domain.Event, error) { return nil, nil })
	require.NoError(t, err)
	require.Equal(t, first.Position, same.Position, "to wait for what was there already")
	require.Empty(t, same.Events)

	for _, cmd := range []eventstore.Command{{ID: "x"}, {Organization: "org_1"}} {
		_, err = eventstore.Execute(ctx, l, "counter-1", cmd, func(c *counter) ([]domain.Event, error) { return c.count(1) })
		require.Error(t, err, "every event has a command and an organization")
	}
	head, err := l.Head(ctx)
	require.NoError(t, err)
	require.Equal(t, first.Position, head)
}
