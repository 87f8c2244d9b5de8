package h1

import (
	"errors"

	"golang.org/x/net/http/httpguts"
)

// Why a request's first line is not read or not passed on, whatever version of HTTP it came by.
var (
	ErrMethod = errors.New("the method is no HTTP token")
	ErrTarget = errors.New("the path holds what no path can hold")
)

// maxMethod is far beyond every registered method; the longest of them has 16 letters.
const maxMethod = 32

// CheckLine returns an error if method or target could be read in two ways in a line of HTTP/1.1.
func CheckLine(method, target string) error {
	if len(method) > maxMethod || !httpguts.ValidHeaderFieldName(method) { // a method is a token, as names are
		return ErrMethod
	}
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c == '#' || c == 0x7f {
			return ErrTarget
		}
	}
	return nil
}
