package vault

import (
	"encoding/base64"
	"errors"
	"fmt"
)

// Pass makes a text of what, that only this installation can make or read, and only for the same purpose. Every replica
// with the same key file reads it, and so does one whose key was rotated since.
func (v *Vault) Pass(purpose string, what []byte) (string, error) {
	sealed, err := v.latest().aead.Encrypt(what, passBinding(purpose))
	if err != nil {
		return "", fmt.Errorf("vault: make a pass for %s: %w", purpose, err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// errNoPass says nothing more: whoever shows a pass that is none should learn nothing from the refusal.
var errNoPass = errors.New("vault: not a pass of this installation")

// ReadPass returns what a pass was made of.
func (v *Vault) ReadPass(purpose, pass string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(pass)
	if err != nil {
		return nil, errNoPass
	}
	plain, err := v.open(sealed, passBinding(purpose))
	if err != nil {
		return nil, errNoPass
	}
	return plain, nil
}

// passBinding differs from what binds any secret's value, see binding.
func passBinding(purpose string) []byte { return []byte("syntra pass\x00" + purpose) }
