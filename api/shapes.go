package api

import (
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items" doc:"The rows of this page."`
	NextCursor string `json:"next_cursor,omitempty" doc:"Ask for the next page with it; absent on the last page."`
}

func page[T any](items []T, next string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, NextCursor: next}
}

// answer is a read's output.
type answer[T any] struct {
	Body T
}

// written is a write's output.
type written[T any] struct {
	Position string `header:"Syntra-Position" doc:"Where the write stands in the log: send it with later reads to see it there."`
	Body     T
}

// done is the output of a write that has nothing to show.
type done struct {
	Position string `header:"Syntra-Position" doc:"Where the write stands in the log: send it with later reads to see it gone."`
}

func wrote[T any](r eventstore.Result, body T) *written[T] {
	return &written[T]{Position: r.Position.String(), Body: body}
}

// ByID is exported because huma reads no parameters from unexported embedded types. It is the input of a route on one thing.
type ByID struct {
	ID string `path:"id" maxLength:"64" doc:"The thing's id."`
}

// request is the part of a list that is asked for.
func (p Paging) request() projections.PageRequest {
	return projections.PageRequest{Limit: p.Limit, Cursor: p.Cursor}
}

// requestWithin is the part of a list that is asked for, of what belongs to some projects.
func (p Paging) requestWithin(within projections.ProjectIDs) projections.PageRequest {
	return projections.PageRequest{Limit: p.Limit, Cursor: p.Cursor, Within: within}
}

// Paging is exported as ByID is; it is the input of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many rows."`
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before."`
}
