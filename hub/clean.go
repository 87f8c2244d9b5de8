package hub

import (
	"bytes"
	"strconv"
)

// replacement stands in for a character that PostgreSQL cannot store.
const replacement = `\ufffd`

// cleaned returns an agent's JSON without the characters that Go's decoder accepts and PostgreSQL refuses: NUL, and
// halves of surrogate pairs. Each becomes U+FFFD. All frames go through it, so that no field of any message, raw JSON
// included, carries such a character further. data may be changed in place.
func cleaned(data []byte) []byte {
	data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		code, ok := escapedUnit(data[i:])
		switch {
		case !ok:
			i++ // the escaped character, which may be a backslash itself
		case isHighSurrogate(code) && lowFollows(data[i+len(replacement):]):
			i += 2*len(replacement) - 1
		case code == 0 || isHighSurrogate(code) || isLowSurrogate(code):
			copy(data[i:], replacement)
			fallthrough
		default:
			i += len(replacement) - 1
		}
	}
	return data
}

// escapedUnit returns the UTF-16 unit of an escape sequence \uXXXX at the start of data.
func escapedUnit(data []byte) (code uint64, ok bool) {
	if len(data) < len(replacement) || data[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(data[2:len(replacement)]), 16, 16)
	return code, err == nil
}

func lowFollows(data []byte) bool {
	code, ok := escapedUnit(data)
	return ok && data[0] == '\\' && isLowSurrogate(code)
}

func isHighSurrogate(code uint64) bool { return code >= 0xD800 && code < 0xDC00 }
func isLowSurrogate(code uint64) bool  { return code >= 0xDC00 && code < 0xE000 }
