package authority

import (
	"context"
	"fmt"
	"time"
)

// Secrets keeps an organization's secrets encrypted.
type Secrets interface {
	// Ensure returns the secret with this name. The first time it stores what fresh makes; of two that come at once,
	// both get the same.
	Ensure(ctx context.Context, organization, name string, fresh func() (string, error)) (string, error)
}

// secretName is what an organization's authority is called among its secrets.
const secretName = "server-authority"

// Issuer signs for all organizations, making the authority of each at its first server.
type Issuer struct{ Secrets Secrets }

// Issue signs a server's request and returns the certificate and the authority's, as PEM.
func (i Issuer) Issue(ctx context.Context, organization, server, request string) (certificate, authority string, err error) {
	now := time.Now()
	secret, err := i.Secrets.Ensure(ctx, organization, secretName, func() (string, error) {
		a, err := New(organization, now)
		if err != nil {
			return "", err
		}
		return a.Secret()
	})
	if err != nil {
		return "", "", fmt.Errorf("the authority of %s: %w", organization, err)
	}
	a, err := Parse(organization, secret)
	if err != nil {
		return "", "", err
	}
	certificate, err = a.Sign(request, server, now)
	return certificate, a.Certificate(), err
}
