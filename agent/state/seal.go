package state

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/syntra-dev/syntra/agent/disk"
)

// sealer is XChaCha20-Poly1305 (RFC 8439 with the extended nonce of draft-irtf-cfrg-xchacha) under a key of this data
// directory. A sealed spec is bound to its service and release, so that files cannot be swapped.
type sealer struct{ aead cipher.AEAD }

func openSealer(path string) (sealer, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret = make([]byte, chacha20poly1305.KeySize)
		_, _ = rand.Read(secret) // never fails since Go 1.24
		err = disk.Write(path, secret)
	}
	if err != nil {
		return sealer{}, fmt.Errorf("the agent's sealing key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return sealer{}, fmt.Errorf("the agent's sealing key in %s is damaged: %w", path, err)
	}
	return sealer{aead}, nil
}

func (s sealer) seal(plain []byte, k key) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return s.aead.Seal(nonce, nonce, plain, k.bytes()), nil
}

func (s sealer) open(sealed []byte, k key) ([]byte, error) {
	if len(sealed) < s.aead.NonceSize() {
		return nil, errors.New("it is too short")
	}
	return s.aead.Open(nil, sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():], k.bytes())
}

func (k key) bytes() []byte { return []byte(k.service + "/" + k.release) }
