package probe

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// DefaultPath is asked first where nobody said a path, FallbackPath where a program does not know it.
const (
	DefaultPath  = "/up"
	FallbackPath = "/"
)

// Question is what a replica is asked.
type Question struct {
	// Path must answer 2xx or 3xx. Where it is "", DefaultPath must; and where that is no path of the program, FallbackPath
	// must answer with any status below 500.
	Path string
	// Lenient is well with any status below 500.
	Lenient bool
	// Host is the host name that is asked for; "" is the address.
	Host string
	// Timeout bounds each request.
	Timeout time.Duration
}

// elsewhere are the statuses by which a program says that it does not know a path, or does not let strangers have it.
var elsewhere = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
	http.StatusGone, http.StatusMisdirectedRequest,
}

// Ask asks the replica at an address. The outcome says which path counted.
func Ask(ctx context.Context, client *http.Client, address string, q Question) Outcome {
	if q.Path != "" {
		return get(ctx, client, address, q)
	}
	q.Path = DefaultPath
	o := get(ctx, client, address, q)
	if !slices.Contains(elsewhere, o.Status) {
		return o
	}
	q.Path, q.Lenient = FallbackPath, true
	return get(ctx, client, address, q)
}
