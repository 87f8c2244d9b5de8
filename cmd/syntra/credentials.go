package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/syntra-dev/syntra/account"
)

// credentials are how the first owner gets in.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

// keptLogin returns the credentials in a file, making them once, before anything uses them: after a crash at any point
// the same ones are used again.
func keptLogin(file, email string) (credentials, error) {
	var c credentials
	raw, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(raw, &c); err != nil {
			return c, fmt.Errorf("read %s: %w", file, err)
		}
		return c, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	c = credentials{Email: email, Password: account.NewToken("").Value[:20], Token: account.NewToken(account.APIPrefix).Value}
	if raw, err = json.Marshal(c); err != nil {
		return c, err
	}
	if err := os.WriteFile(file+".tmp", raw, 0o600); err != nil {
		return c, err
	}
	return c, os.Rename(file+".tmp", file)
}
