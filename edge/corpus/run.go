package corpus

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Ways are the versions of HTTP that cases are sent over.
var Ways = []string{"h1", "h2", "h3"}

// Edge is the edge under test.
type Edge struct {
	HTTP, HTTPS string // host:port
	Trust       *tls.Config
	Replica     *Replica
	// Visitors is how many strangers come after each case; 2 if not set.
	Visitors int
}

// Run sends a case and lets visitors come after it. It returns what is wrong: an answer that is not right for the
// case, an answer that was not the visitor's, a request at the replica that nobody sent.
func (e *Edge) Run(ctx context.Context, way string, c Case, key string) (wrong []string) {
	before := len(e.Replica.Desynchronised())
	var a *Answer
	var err error
	switch way {
	case "h1":
		a, err = h1(ctx, e.HTTP, c, key+"-next")
	case "h2":
		a, err = h2(ctx, e.HTTPS, e.Trust, c, key+"-next")
	case "h3":
		a, err = h3(ctx, e.HTTPS, e.Trust, c, key+"-next")
	}
	if err != nil {
		return []string{fmt.Sprintf("the case could not be sent: %v", err)}
	}
	if !slices.Contains(c.Want, a.Status) {
		wrong = append(wrong, fmt.Sprintf("answer %v, want one of %v", a, c.Want))
	}
	if want := "visitor " + key + "-next"; a.Next != nil && (a.Next.Status != 200 || a.Next.Body != want) {
		wrong = append(wrong, fmt.Sprintf("the next request on the connection got %v", a.Next))
	}
	for i := range max(e.Visitors, 2) {
		if err := e.visit(ctx, fmt.Sprintf("%s-%d", key, i)); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	for _, d := range e.Replica.Desynchronised()[before:] {
		wrong = append(wrong, "desynchronised: "+d)
	}
	return wrong
}

// visit asks as a stranger on a connection of its own.
func (e *Edge) visit(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.HTTP+"/visitor/"+key, nil)
	if err != nil {
		return err
	}
	req.Host, req.Close = Host, true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("a visitor got no answer: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || string(b) != "visitor "+key {
		return fmt.Errorf("visitor %s got %d %.60q %v", key, resp.StatusCode, b, err)
	}
	return nil
}
