package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/syntra-dev/syntra/"

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath   string
	Dir          string
	Doc          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Deps         []string
}

var ours = sync.OnceValues(func() ([]goPackage, error) {
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Dir,Doc,GoFiles,TestGoFiles,XTestGoFiles,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

// A rule says what the packages below a room may not reach, directly or not.
type rule struct {
	rooms  []string // path prefixes below the module
	except []string // rooms below rooms that it does not bind
	never  []string // import path prefixes; "./" is this module
	only   []string // if set: the only rooms of ours it may reach
	why    string
}

var databaseDrivers = []string{"github.com/jackc/pgx", "github.com/ClickHouse"}

var rules = []rule{
	{rooms: []string{"domain"}, except: []string{"domain/domaintest"}, only: []string{"domain"}, never: append([]string{"net/http", "go.temporal.io", "os/exec"}, databaseDrivers...),
		why: "the domain is pure: facts and decisions, no I/O"},
	{rooms: []string{"access"}, only: []string{"access", "domain"}, never: append([]string{"net/http", "go.temporal.io"}, databaseDrivers...),
		why: "who may do what is one pure function, for the API, workflows and tools alike"},
	{rooms: []string{"authority"}, only: []string{"authority"},
		why: "signing and names are used by platform, agent and edge alike"},
	{rooms: []string{"eventstore"}, except: []string{"eventstore/postgres", "eventstore/storetest"}, only: []string{"eventstore", "domain", "id"},
		why: "the log's port knows the domain and nothing else of ours"},
	{rooms: []string{"workflows"}, never: append([]string{"./api", "./hub", "./projections", "./vault", "./eventstore/postgres", "./worker", "./dev", "./edge"}, databaseDrivers...),
		why: "workflows reach the world only through activities"},
	{rooms: []string{"agent"}, never: append([]string{"./api", "./worker", "./projections", "./hub", "./eventstore", "./workflows", "./dev", "github.com/caddyserver", "go.temporal.io"}, databaseDrivers...),
		why: "the agent runs on strangers' servers and speaks the wire only"},
	{rooms: []string{"agent/service", "agent/build", "agent/artifacts", "agent/exec", "agent/logs", "agent/certificate"}, never: []string{"./agent/session", "./agent/command"},
		why: "what the agent does knows neither commands nor the session they came by; agent/ wires"},
	{rooms: []string{"cmd/syn"}, never: append([]string{"./api", "./worker", "./projections", "./hub", "./eventstore", "./workflows", "./dev", "./agent/runtime/docker", "go.temporal.io"}, databaseDrivers...),
		why: "the command line is a client of the API like any other"},
	{rooms: []string{"api"}, never: []string{"./workflows", "./reactors", "./worker", "./activities", "go.temporal.io"},
		why: "the API appends and queries; progress is Temporal's"},
	{rooms: []string{"projections"}, never: []string{"./workflows", "./activities", "./reactors", "./api", "./hub", "go.temporal.io"},
		why: "read models are made of events alone"},
	// A database driver comes with the certificate library, which can keep its state in one; ours does not.
	{rooms: []string{"edge"}, never: []string{"./api", "./hub", "./eventstore", "./projections", "./workflows", "go.temporal.io"},
		why: "the edge serves traffic when everything else is down"},
	{rooms: []string{""}, except: []string{"cmd/syntra", "dev/temporal"}, never: []string{"go.temporal.io/server", "github.com/temporalio/ui-server"},
		why: "linking the Temporal server costs a minute and 100 MB: one binary pays it"},
}

func TestImportsGoOneWay(t *testing.T) {
	packages, err := ours()
	require.NoError(t, err)
	for _, r := range rules {
		matched := false
		for _, p := range packages {
			room := strings.TrimPrefix(p.ImportPath, module)
			if !within(room, r.rooms) || within(room, r.except) {
				continue
			}
			matched = true
			for _, dep := range p.Deps {
				if bad := r.forbids(dep); bad {
					t.Errorf("%s reaches %s: %s", room, strings.TrimPrefix(dep, module), r.why)
				}
			}
		}
		require.True(t, matched, "the rule on %v binds no package: it is out of date", r.rooms)
	}
}

func (r rule) forbids(dep string) bool {
	room, mine := strings.CutPrefix(dep, module)
	if mine && r.only != nil && !within(room, r.only) {
		return true
	}
	return slices.ContainsFunc(r.never, func(never string) bool {
		if prefix, local := strings.CutPrefix(never, "./"); local {
			return mine && within(room, []string{prefix})
		}
		return dep == never || strings.HasPrefix(dep, strings.TrimSuffix(never, "/")+"/")
	})
}

func within(room string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool {
		return r == "" || room == r || strings.HasPrefix(room, r+"/")
	})
}
