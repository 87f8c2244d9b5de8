package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

const (
	// lease is how long an agent may be silent under CoreArgs: three heartbeats.
	lease = 3 * time.Second
	// stallFor is how long the database stands still.
	stallFor = lease + 3*time.Second
)

// stall stops every process of PostgreSQL for longer than an agent may be silent, and lets them go on. The agent was there
// all the time: nobody may be told that it was lost, neither meanwhile nor in the leases that follow.
func (f *CoreFigures) stall(ctx context.Context, p *harness.Platform) error {
	if err := p.Refresh(); err != nil {
		return err
	}
	before, err := announcedLost(ctx, p)
	if err != nil {
		return err
	}
	processes := family(p.PIDs.Postgres)
	if err := signal(processes, syscall.SIGSTOP); err != nil {
		return err
	}
	waited := pause(ctx, stallFor)
	if err := signal(processes, syscall.SIGCONT); err != nil {
		return err
	}
	if waited != nil {
		return waited
	}
	f.Stalls++
	if err := pause(ctx, 3*lease); err != nil {
		return err
	}
	after, err := announcedLost(ctx, p)
	if err != nil {
		return err
	}
	for range after - before {
		f.wrong(&f.Lost, errors.New("the audit trail says that an agent was lost"))
	}
	var s projections.Server
	if err := p.Do(ctx, http.MethodGet, "/servers/"+p.ServerID, nil, &s); err != nil {
		return err
	}
	if s.State != projections.ServerOnline {
		f.wrong(&f.Lost, fmt.Errorf("server %s is %s: %s", s.Name, s.State, s.Reason))
	}
	return nil
}

// announcedLost counts how often the log says that an agent was lost, as the audit trail tells it.
func announcedLost(ctx context.Context, p *harness.Platform) (int, error) {
	return linesTold(ctx, p, "", server.Disconnected{}.EventType())
}

// family are a process and its children.
func family(parent int) []int {
	pids := []int{parent}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ") // the name before it may hold blanks
		fields := strings.Fields(rest)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// signal sends to all processes that are still there.
func signal(pids []int, s syscall.Signal) error {
	for _, pid := range pids {
		if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("send %v to process %d of PostgreSQL: %w", s, pid, err)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
