package hub

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/domain"
)

const (
	ticketHeader = "Syntra-Relay-Ticket"
	// ticketPurpose is part of what is signed, so that a ticket is good for nothing else.
	ticketPurpose = "syntra relay exec v1\n"
	// ticketSkew is how far the clocks of two replicas may differ, and with that how long a ticket is good.
	ticketSkew = 30 * time.Second
	// relayKeyBytes is the length of a replica's key.
	relayKeyBytes = 32
)

// ticket lets one replica run one command through another, once. It is signed with the key of the replica that it is
// for: a random secret in that replica's lease row, made anew at each start.
type ticket struct {
	From   string    `json:"from"`
	To     string    `json:"to"`
	At     time.Time `json:"at"`
	Nonce  string    `json:"nonce"`
	Digest []byte    `json:"digest"` // SHA-256 of the command
}

func newRelayKey() []byte {
	key := make([]byte, relayKeyBytes)
	_, _ = rand.Read(key) // never fails: see crypto/rand
	return key
}

func sign(key, payload []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(ticketPurpose))
	mac.Write(payload)
	return mac.Sum(nil)
}

func (t ticket) signed(key []byte) (string, error) {
	payload, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("hub: relay ticket: %w", err)
	}
	b := base64.RawURLEncoding
	return b.EncodeToString(payload) + "." + b.EncodeToString(sign(key, payload)), nil
}

// turnstile checks tickets for one replica, and takes each only once.
type turnstile struct {
	replica string
	key     []byte

	mu   sync.Mutex
	used map[string]time.Time // by nonce: when the ticket expires
}

func newTurnstile(replica string) *turnstile {
	return &turnstile{replica: replica, key: newRelayKey(), used: map[string]time.Time{}}
}

func (s *turnstile) check(raw string, now time.Time) (ticket, error) {
	encoded, mac, _ := strings.Cut(raw, ".")
	payload, payloadErr := base64.RawURLEncoding.DecodeString(encoded)
	given, macErr := base64.RawURLEncoding.DecodeString(mac)
	if payloadErr != nil || macErr != nil || !hmac.Equal(given, sign(s.key, payload)) {
		return ticket{}, domain.Errorf(domain.Unauthorized, "the ticket is not signed with the key of replica %q", s.replica).
			WithReason("bad_ticket")
	}
	var t ticket
	if err := json.Unmarshal(payload, &t); err != nil || t.To != s.replica || t.Nonce == "" {
		return ticket{}, domain.Errorf(domain.Unauthorized, "the ticket is not for replica %q", s.replica).
			WithReason("bad_ticket")
	}
	if age := now.Sub(t.At); age > ticketSkew || age < -ticketSkew {
		return ticket{}, domain.Errorf(domain.Unauthorized, "the ticket is %s old: set the clocks of the replicas %q and %q",
			age.Round(time.Second), t.From, s.replica).WithReason("ticket_expired")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for nonce, end := range s.used {
		if now.After(end) {
			delete(s.used, nonce)
		}
	}
	if _, again := s.used[t.Nonce]; again {
		return ticket{}, domain.Errorf(domain.Unauthorized, "the ticket was used before").WithReason("ticket_used")
	}
	s.used[t.Nonce] = t.At.Add(ticketSkew)
	return t, nil
}
