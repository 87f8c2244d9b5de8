package api

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
)

// LogLine is one line of a service's or deployment's log.
type LogLine struct {
	At         time.Time        `json:"at"`
	Stream     telemetry.Stream `json:"stream" enum:"stdout,stderr,build,system,gap" doc:"gap marks lines that are known to be lost; body says how many and why."`
	Body       string           `json:"body"`
	Replica    string           `json:"replica,omitempty"`
	Release    string           `json:"release,omitempty"`
	Deployment string           `json:"deployment,omitempty"`
	Cursor     string           `json:"cursor" doc:"This line's place: page or follow from here."`
}

func logLine(l telemetry.Line) LogLine {
	return LogLine{
		At: l.At.UTC(), Stream: l.Stream, Body: l.Body, Replica: l.Replica, Release: l.Release, Deployment: l.Deployment,
		Cursor: string(l.Cursor),
	}
}

// LogFilter is exported as ByID is; it is what log routes have in common.
type LogFilter struct {
	ByID
	Since   time.Time          `query:"since" doc:"Not before this time." example:"2026-01-02T15:04:05Z"`
	Until   time.Time          `query:"until" doc:"Before this time." example:"2026-01-02T16:04:05Z"`
	Text    string             `query:"q" maxLength:"1024" doc:"All of these words, in any case; \"a phrase\" as it stands; -word must not be there."`
	Streams []telemetry.Stream `query:"stream" enum:"stdout,stderr,build,system" doc:"Only these; several with commas."`
	Release string             `query:"release" maxLength:"64" doc:"Only this release's lines."`
}

func (f LogFilter) query(org string) telemetry.LogQuery {
	return telemetry.LogQuery{
		Organization: org, Since: f.Since, Until: f.Until, Text: f.Text, Streams: f.Streams, Release: f.Release,
	}
}

// ofService and ofDeployment narrow a query to a thing of the caller's organization.
func (a *API) ofService(ctx context.Context, q *telemetry.LogQuery, serviceID string) error {
	row, err := a.Queries.Service(ctx, q.Organization, serviceID)
	q.Service = row.ID
	return err
}

func (a *API) ofDeployment(ctx context.Context, q *telemetry.LogQuery, deploymentID string) error {
	row, err := a.Queries.Deployment(ctx, q.Organization, deploymentID)
	q.Service, q.Deployment = row.ServiceID, row.ID
	return err
}

type listLogsInput struct {
	LogFilter
	Limit  int    `query:"limit" minimum:"1" maximum:"5000" default:"200" doc:"How many lines."`
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before: the lines before that page."`
}

// narrow is ofService or ofDeployment.
type narrow func(context.Context, *telemetry.LogQuery, string) error

func (a *API) listLogs(of narrow) func(context.Context, *listLogsInput) (*answer[Page[LogLine]], error) {
	return func(ctx context.Context, in *listLogsInput) (*answer[Page[LogLine]], error) {
		q := in.query(identityOf(ctx).Organization)
		q.Limit, q.Before = in.Limit, telemetry.Cursor(in.Cursor)
		if err := of(ctx, &q, in.ID); err != nil {
			return nil, err
		}
		lines, err := a.Logs.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		out := Page[LogLine]{Items: make([]LogLine, len(lines))}
		for i, l := range lines {
			out.Items[i] = logLine(l)
		}
		if len(lines) == in.Limit {
			out.NextCursor = string(lines[0].Cursor)
		}
		return &answer[Page[LogLine]]{Body: out}, nil
	}
}
