// Package blob is the port to where the registry's bytes lie. An object is written once, in pieces, under a name that
// is never used again, then finished and from then on only read or deleted. What an object holds, whose it is and
// whether it is needed is not known here: the registry's tables say.
package blob

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Store keeps objects.
type Store interface {
	// Identity returns a random text that the store made when it was first asked, the same for all who share the store.
	Identity(ctx context.Context) (string, error)
	// Append writes an unfinished object from offset on, and cuts off what lay there. It returns how many bytes it
	// wrote, also where it failed. One Append of an object at a time; a second one fails with ErrBusy.
	Append(ctx context.Context, name Name, offset int64, r io.Reader) (int64, error)
	// Finish makes an object of exactly size bytes durable. Finishing it again is fine.
	Finish(ctx context.Context, name Name, size int64) error
	// Open reads an object from offset on, finished or not. It fails with ErrNotFound where there is none.
	Open(ctx context.Context, name Name, offset int64) (io.ReadCloser, error)
	// Delete removes an object, finished or not. Deleting what is not there is fine. Who reads it already may go on.
	Delete(ctx context.Context, name Name) error
	// Objects lists what there is, finished or not.
	Objects(ctx context.Context) iter.Seq2[Name, error]
}

// Name of an object: within an organization, so that no two share bytes.
type Name struct {
	Organization string
	ID           string
}

var (
	// ErrNotFound says that there is no such object.
	ErrNotFound = errors.New("no such object")
	// ErrBusy says that somebody else writes the object now.
	ErrBusy = errors.New("the object is being written by somebody else")
)
