package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// Part is one line of /healthz.
type Part struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, unwell
	Reason string `json:"reason,omitempty"`
	Millis int64  `json:"millis"`
}

// Health is what /healthz answers.
type Health struct {
	State   string `json:"state"` // ok, unwell
	Version string `json:"version"`
	Parts   []Part `json:"parts"`
}

// checkPatience bounds each probe.
const checkPatience = 3 * time.Second

func (a *API) postgresCheck() Check {
	return Check{Name: "postgres", Probe: func(ctx context.Context) error { return a.Pool.Ping(ctx) }}
}

func (a *API) checks() []Check {
	return append([]Check{
		a.postgresCheck(),
		{Name: "projections", Probe: a.probeReadModels},
	}, a.Health...)
}

// probeReadModels finds those that stand still, or take too long for what is in the log now.
func (a *API) probeReadModels(ctx context.Context) error {
	head, err := a.Log.Head(ctx)
	if err != nil {
		return fmt.Errorf("the log does not answer: %w", err)
	}
	behind := a.Runner.WaitFor(ctx, head) != nil
	var unwell []string
	for model, h := range a.Runner.Health() {
		switch {
		case h.Error != "":
			unwell = append(unwell, model+" stands still")
		case behind && h.Lag > 0:
			unwell = append(unwell, fmt.Sprintf("%s is %d events behind", model, h.Lag))
		}
	}
	if len(unwell) == 0 && behind {
		unwell = append(unwell, "behind position "+head.String())
	}
	if len(unwell) == 0 {
		return nil
	}
	slices.Sort(unwell)
	return errors.New(strings.Join(unwell, ", "))
}

// healthz answers 503 while any part is unwell, and says which.
func (a *API) healthz(c *gin.Context) {
	checks := a.checks()
	out := Health{State: "ok", Version: a.Version, Parts: make([]Part, len(checks))}
	var wg sync.WaitGroup
	for i, check := range checks {
		wg.Go(func() { out.Parts[i] = probe(c.Request.Context(), check) })
	}
	wg.Wait()
	status := http.StatusOK
	for _, p := range out.Parts {
		if p.State != "ok" {
			out.State, status = "unwell", http.StatusServiceUnavailable
		}
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(status, out)
}

func probe(ctx context.Context, check Check) Part {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	start := time.Now()
	p := Part{Name: check.Name, State: "ok"}
	if err := check.Probe(ctx); err != nil {
		p.State, p.Reason = "unwell", err.Error()
	}
	p.Millis = time.Since(start).Milliseconds()
	return p
}

// readyz reports whether requests can be served here: HTTP answers and so does Postgres. It is for load balancers. A
// read model that is being rebuilt, or an engine that is away, is the same for every replica and takes none out.
func (a *API) readyz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	p := probe(c.Request.Context(), a.postgresCheck())
	status := http.StatusOK
	if p.State != "ok" {
		status = http.StatusServiceUnavailable
	}
	c.JSON(status, Health{State: p.State, Version: a.Version, Parts: []Part{p}})
}

// livez says that the process answers, for supervisors that restart it: an unwell part is no reason for that.
func (a *API) livez(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"state": "ok"}) }
