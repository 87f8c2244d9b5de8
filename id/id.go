// Package id makes the readable, typed ids (srv_…, dep_…) that users copy from one place to another.
package id

import (
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Prefixes of every kind of thing that has an id.
const (
	Organization = "org"
	User         = "usr"
	Token        = "tok"
	Server       = "srv"
	Project      = "prj"
	Service      = "svc"
	Release      = "rel"
	Deployment   = "dep"
	Upload       = "upl"
	Command      = "cmd"
	Invitation   = "inv"
	Webhook      = "whk"
	Message      = "msg"
)

// alphabet is lower-case Crockford base32: no i, l, o, u, so that an id survives being read aloud.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// space is the namespace of all derived ids.
var space = uuid.MustParse("6f1d6c0e-0a8b-5c55-9d5e-53796e747261")

// New makes an id whose order is its time of making (UUIDv7).
func New(prefix string) string { return format(prefix, uuid.Must(uuid.NewV7())) }

// Derived makes the same id from the same parts, so that a repeated command names the same thing.
func Derived(prefix string, parts ...string) string {
	return format(prefix, uuid.NewSHA1(space, []byte(prefix+"\x00"+strings.Join(parts, "\x00"))))
}

// EventID is the id of the i-th event of a command: UUIDv5(command id, i).
func EventID(command string, i int) uuid.UUID {
	return uuid.NewSHA1(space, []byte("event\x00"+command+"\x00"+strconv.Itoa(i)))
}

// Is reports whether s has the form of an id with this prefix.
func Is(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	// Not by decoding: encoding/base32 skips line breaks and takes some bytes for padding.
	return ok && len(rest) == 26 && strings.Trim(rest, alphabet) == ""
}

func format(prefix string, u uuid.UUID) string {
	return prefix + "_" + crockford.EncodeToString(u[:])
}
