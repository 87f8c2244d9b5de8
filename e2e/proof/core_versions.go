package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// newerEvents is how many events that the older program does not know are written in a round.
const newerEvents = 10

// twoVersions starts a platform of an older program, which does not know that operations are requested, and has a replica
// of today's program join it. The older one leads the reactors when the first such event comes. Each operation must be
// done, and told in the audit trail, although the older program reads the same events; and it must say that it is too old.
func (f *CoreFigures) twoVersions(ctx context.Context, dir string, rounds int, progress io.Writer) error {
	bin, err := harness.Older(ctx, "service.OperationRequested{}")
	if err != nil {
		return err
	}
	older, err := harness.Start(ctx, harness.Options{DataDir: dir, Bin: bin, Args: CoreArgs})
	if older != nil {
		defer older.Clean()
	}
	if err != nil {
		return err
	}
	source := harness.Source{Dir: filepath.Join(dir, "source"), Version: "first"}
	deployed, err := older.Deploy(ctx, source, "prove", "versions")
	if err != nil {
		return err
	}
	for round := range rounds {
		if err := leads(ctx, older); err != nil {
			return err
		}
		if err := f.joinNewer(ctx, older, fmt.Sprintf("newer-%d", round), deployed.ServiceID); err != nil {
			return err
		}
		fmt.Fprintf(progress, "  a newer replica joins an older one: %s\n", f)
	}
	return nil
}

func (f *CoreFigures) joinNewer(ctx context.Context, older *harness.Platform, name, serviceID string) error {
	newer, err := older.Join(ctx, name, "", CoreArgs...)
	if err != nil {
		return err
	}
	defer newer.Kill()
	f.Replicas++
	toldBefore, err := operationsTold(ctx, newer, serviceID)
	if err != nil {
		return err
	}
	var asked []string
	for range newerEvents {
		id, err := scale(ctx, newer, serviceID)
		if err != nil {
			return err
		}
		asked = append(asked, id)
	}
	f.Newer += newerEvents
	for _, id := range asked {
		if err := operationEnds(ctx, newer, serviceID, id); err != nil {
			f.wrong(&f.PassedOver, err)
		}
	}
	told, err := operationsTold(ctx, newer, serviceID)
	if err != nil {
		return err
	}
	for range newerEvents - (told - toldBefore) {
		f.wrong(&f.PassedOver, errors.New("the audit trail does not tell of an operation"))
	}
	status, body := older.Look(ctx, "/healthz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "service stands still") {
		f.wrong(&f.Unsaid, fmt.Errorf("the older program's /healthz answers %d %s", status, body))
	}
	return nil
}

// operationsTold counts the operations that the audit trail tells of.
func operationsTold(ctx context.Context, p *harness.Platform, serviceID string) (n int, err error) {
	for cursor := ""; ; {
		var page struct {
			Items []projections.Activity `json:"items"`
			Next  string                 `json:"next_cursor"`
		}
		path := "/activity?limit=200&service=" + serviceID + "&cursor=" + cursor
		if err := p.Do(ctx, http.MethodGet, path, nil, &page); err != nil {
			return 0, err
		}
		for _, line := range page.Items {
			if line.Type == (service.OperationRequested{}).EventType() {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n, nil
		}
	}
}

// leads waits until a replica runs the reactor that starts workflows.
func leads(ctx context.Context, p *harness.Platform) error {
	for {
		_, metrics := p.Look(ctx, "/metrics")
		for line := range strings.Lines(metrics) {
			if strings.Contains(line, `leading{`) && strings.Contains(line, `"workflows"`) && strings.HasSuffix(strings.TrimSpace(line), " 1") {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the older replica does not lead: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
