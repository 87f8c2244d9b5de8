package clickhouse

import (
	"regexp"
	"strconv"
	"strings"
)

// exception is an error of the engine, with the code that clients know it by.
type exception struct {
	code    int
	message string // "Code: 60. DB::Exception: …", as a ClickHouse server says it
}

func (e *exception) Error() string { return e.message }

// Codes the front itself answers with: src/Common/ErrorCodes.cpp of ClickHouse.
const (
	codeUnknownException  = 1002
	codeBadArguments      = 36
	codeUnsupported       = 48
	codeTooLargeBody      = 307
	codeTooManyConcurrent = 202
)

var codePrefix = regexp.MustCompile(`Code: (\d+)\.`)

func newException(message string) *exception {
	message = strings.TrimSpace(message)
	code := codeUnknownException
	if m := codePrefix.FindStringSubmatch(message); m != nil {
		code, _ = strconv.Atoi(m[1])
	}
	return &exception{code: code, message: message}
}

func refuse(code int, message string) *exception {
	return &exception{code: code, message: "Code: " + strconv.Itoa(code) + ". DB::Exception: " + message}
}
