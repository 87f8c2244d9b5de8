package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// Prefixes by which people and secret scanners recognize tokens.
const (
	APIPrefix  = "syn_" // API tokens and sessions
	JoinPrefix = "syj_" // what an agent joins with
	// InvitationPrefix is that of the link by which a person joins an organization.
	InvitationPrefix = "syi_"
)

// visible is how many characters of a token are kept in the clear, so that people can tell their tokens apart: 30 bits of
// its 256.
const visible = len(APIPrefix) + 6

// crockford is lower-case Crockford base32, as in package id.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Token is a new secret: Value is for its owner alone, Hash and Prefix are what is kept.
type Token struct {
	Value  string
	Hash   string
	Prefix string
}

// NewToken makes a token of 256 random bits.
func NewToken(prefix string) Token {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand ends the program instead)
	value := prefix + crockford.EncodeToString(raw)
	return Token{Value: value, Hash: Hash(value), Prefix: value[:visible]}
}

// Hash is the SHA-256 (hex) under which a token is kept. A slow hash would add nothing: there are 256 bits to guess.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// WellFormed reports whether s could be a token with this prefix.
func WellFormed(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != crockford.EncodedLen(32) {
		return false
	}
	_, err := crockford.DecodeString(rest)
	return err == nil
}
