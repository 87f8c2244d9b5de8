package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"unicode/utf8"

	"github.com/syntra-dev/syntra/domain"
	"golang.org/x/crypto/argon2"
)

// Cost of one hash: OWASP's second choice for argon2id (19 MiB, 2 passes, 1 lane), about 30 ms.
const (
	memoryKiB = 19 << 10
	passes    = 2
	lanes     = 1
	saltBytes = 16
	keyBytes  = 32
)

// Limits of a password, in characters and bytes.
const (
	MinPassword = 10
	MaxPassword = 256
)

// turns bounds how many hashes are computed at once: each takes memory, and strangers can ask for them.
var turns = make(chan struct{}, max(2, runtime.NumCPU()))

func checkPassword(password string) error {
	if utf8.RuneCountInString(password) < MinPassword || len(password) > MaxPassword {
		return domain.Errorf(domain.Invalid, "a password has %d to %d characters", MinPassword, MaxPassword).WithReason("bad_password")
	}
	return nil
}

// hashPassword makes a PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := derive(ctx, password, phc{memoryKiB, passes, lanes, salt, make([]byte, keyBytes)})
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b64(salt), b64(key)), nil
}

// verifyPassword compares in constant time.
func verifyPassword(ctx context.Context, stored, password string) (bool, error) {
	p, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	key, err := derive(ctx, password, p)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

func derive(ctx context.Context, password string, p phc) ([]byte, error) {
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key))), nil
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func parsePHC(s string) (phc, error) {
	var p phc
	var version int
	var salt, key string
	if _, err := fmt.Sscanf(replaceDollars(s), " argon2id v=%d m=%d,t=%d,p=%d %s %s", &version, &p.memory, &p.passes, &p.lanes, &salt, &key); err != nil || version != argon2.Version {
		return p, fmt.Errorf("account: a stored password is no argon2id string of version %d", argon2.Version)
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(salt); err != nil {
		return p, fmt.Errorf("account: a stored password has a broken salt: %w", err)
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(key); err != nil {
		return p, fmt.Errorf("account: a stored password has a broken key: %w", err)
	}
	return p, nil
}

// replaceDollars lets Sscanf see fields.
func replaceDollars(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '$' {
			b[i] = ' '
		}
	}
	return string(b)
}
