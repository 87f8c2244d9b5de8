package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

const (
	// unknown is the event type that the older program does not know, as the catalog writes it.
	unknown = "service.OperationRequested{}"
	// newerEvents is how many of them are written in a round.
	newerEvents = 10
)

// twoVersions has a replica of an older program join the platform, and gives it the reactors' turn. Then events are written
// that it does not know. Each operation must be done and told in the audit trail, although the older program reads the same
// log; and the older program must say that it is too old.
func (f *CoreFigures) twoVersions(ctx context.Context, p *harness.Platform, serviceID string) error {
	bin, err := harness.Older(ctx, unknown)
	if err != nil {
		return err
	}
	older, err := p.Join(ctx, fmt.Sprintf("older-%d", f.Rounds), bin, slices.Concat(CoreArgs, []string{"--stand-by", "10ms"})...)
	if err != nil {
		return err
	}
	defer older.Kill()
	if err := giveTurn(ctx, p, older); err != nil {
		return err
	}
	f.Replicas += 2
	toldBefore, err := operationsTold(ctx, p, serviceID)
	if err != nil {
		return err
	}
	var asked []string
	for range newerEvents {
		id, err := scale(ctx, p, serviceID)
		if err != nil {
			return err
		}
		asked = append(asked, id)
	}
	f.Newer += newerEvents
	for _, id := range asked {
		if err := operationEnds(ctx, p, serviceID, id); err != nil {
			f.wrong(&f.PassedOver, err)
		}
	}
	told, err := operationsTold(ctx, p, serviceID)
	if err != nil {
		return err
	}
	for range newerEvents - (told - toldBefore) {
		f.wrong(&f.PassedOver, errors.New("the audit trail does not tell of an operation"))
	}
	said, err := os.ReadFile(older.LogFile())
	if err != nil {
		return err
	}
	if !bytes.Contains(said, []byte("update this replica")) {
		f.wrong(&f.Unsaid, errors.New("the older program does not log that it is too old"))
	}
	return nil
}

// operationsTold counts the operations of a service that the audit trail tells of.
func operationsTold(ctx context.Context, p *harness.Platform, serviceID string) (int, error) {
	return linesTold(ctx, p, "&service="+serviceID, service.OperationRequested{}.EventType())
}

// linesTold counts the lines of the audit trail that tell of one type of event.
func linesTold(ctx context.Context, p *harness.Platform, narrowed, eventType string) (n int, err error) {
	for cursor := ""; ; {
		var page struct {
			Items []projections.Activity `json:"items"`
			Next  string                 `json:"next_cursor"`
		}
		path := "/activity?limit=200" + narrowed + "&cursor=" + cursor
		if err := p.Do(ctx, http.MethodGet, path, nil, &page); err != nil {
			return 0, err
		}
		for _, line := range page.Items {
			if line.Type == eventType {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n, nil
		}
	}
}

// giveTurn cuts the connection that holds the reactors' turn, as an outage would, until a replica has it.
func giveTurn(ctx context.Context, p, to *harness.Platform) error {
	db, err := pgx.Connect(ctx, p.Database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, metrics := to.Look(ctx, "/metrics")
		if leads(metrics) {
			return nil
		}
		// The locks of reactors are in a space of their own: see reactors/checkpoint.go.
		_, err := db.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = x'72656163'::int
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		if err != nil {
			return fmt.Errorf("take the reactors' turn from its replica: %w", err)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("the older replica does not get the turn: %w", err)
		}
	}
}

// leads reports whether a replica's metrics say that it runs the reactor that starts workflows.
func leads(metrics string) bool {
	for line := range strings.Lines(metrics) {
		if strings.TrimSpace(line) == `syntra_reactor_leading{reactor="workflows"} 1` {
			return true
		}
	}
	return false
}
