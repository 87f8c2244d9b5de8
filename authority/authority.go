package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

const (
	// Lifetime of a server's certificate.
	Lifetime = 7 * 24 * time.Hour
	// authorityLifetime is how long an organization's authority can sign.
	authorityLifetime = 20 * 365 * 24 * time.Hour
	// skew is how far a server's clock may be behind.
	skew = time.Hour
)

// Kinds of PEM blocks.
const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
	requestBlock     = "CERTIFICATE REQUEST"
)

// Authority signs the certificates of one organization's servers. It is safe for concurrent use.
type Authority struct {
	organization string
	certificate  *x509.Certificate
	key          crypto.Signer
}

// New makes an organization's authority with a fresh key.
func New(organization string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of the authority of %s: %w", organization, err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Syntra servers of " + organization},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(authorityLifetime),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority of %s: %w", organization, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{organization: organization, certificate: certificate, key: key}, nil
}

// Parse reads what Secret returned.
func Parse(organization, secret string) (*Authority, error) {
	a := &Authority{organization: organization}
	for rest := []byte(secret); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		var err error
		switch block.Type {
		case certificateBlock:
			a.certificate, err = x509.ParseCertificate(block.Bytes)
		case keyBlock:
			a.key, err = parseKey(block.Bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("the authority of %s cannot be read: %w", organization, err)
		}
	}
	if a.certificate == nil || a.key == nil {
		return nil, fmt.Errorf("the authority of %s is not whole", organization)
	}
	return a, nil
}

// Secret returns the authority, its private key included, as PEM.
func (a *Authority) Secret() (string, error) {
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return "", fmt.Errorf("write the authority of %s: %w", a.organization, err)
	}
	return a.Certificate() + encode(keyBlock, key), nil
}

// Certificate returns the authority's certificate as PEM: what servers check each other's certificates by.
func (a *Authority) Certificate() string { return encode(certificateBlock, a.certificate.Raw) }

// Sign returns a server's request with a certificate, as PEM. Of the request only the key counts: the name is the one
// that the server's connection was admitted under.
func (a *Authority) Sign(request, server string, now time.Time) (string, error) {
	block, _ := pem.Decode([]byte(request))
	if block == nil || block.Type != requestBlock {
		return "", errors.New("this is no certificate request")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = csr.CheckSignature()
	}
	if err != nil {
		return "", fmt.Errorf("the certificate request of %s is not valid: %w", server, err)
	}
	if k, ok := csr.PublicKey.(*ecdsa.PublicKey); !ok || k.Curve != elliptic.P256() {
		return "", fmt.Errorf("the certificate request of %s has a key that is not ECDSA P-256", server)
	}
	serial, err := newSerial()
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		URIs:                  []*url.URL{Name{a.organization, server}.URI()},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(Lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, csr.PublicKey, a.key)
	if err != nil {
		return "", fmt.Errorf("sign the certificate of %s: %w", server, err)
	}
	return encode(certificateBlock, der), nil
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
}

func encode(block string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der}))
}
