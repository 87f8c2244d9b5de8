package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/syntra-dev/syntra/artifact"
)

func (s *Store) path(owner artifact.Owner, kind, name string) string {
	return strings.TrimRight(s.URL, "/") + "/v2/" + owner.Repository() + "/" + kind + "/" + name
}

// do sends a request and answers only good responses.
func (s *Store) do(
	ctx context.Context,
	method, address string,
	body io.Reader,
	size int64,
	header http.Header,
) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		req.Header[key] = values
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	if size >= 0 {
		req.ContentLength = size
	}
	if size == 0 {
		req.Body = http.NoBody
	}
	client := s.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	var told *url.Error
	if errors.As(err, &told) {
		return nil, lost{fmt.Errorf("reach the registry at %s: %w", req.URL.Host, told.Err)}
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}
