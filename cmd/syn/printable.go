package main

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

var colours = regexp.MustCompile(`^\x1b\[[0-9;:]*m$`)

// printable returns a program's line as it may be written to a person's terminal: without control characters and sequences,
// which could move the cursor, retitle the window or write to the clipboard. Tabs stay. Colours stay where asked for, and
// end with the line.
func printable(line string, colour bool) string {
	plain := func(r rune) bool { return r >= ' ' && r < 0x7f || r == '\t' || r > 0x9f }
	if strings.IndexFunc(line, func(r rune) bool { return !plain(r) }) < 0 {
		return line
	}
	line = strings.ToValidUTF8(line, "\ufffd")
	var out strings.Builder
	painted := false
	var state byte
	for rest := line; rest != ""; {
		seq, _, n, next := ansi.DecodeSequence(rest, state, nil)
		switch {
		case colour && colours.MatchString(seq):
			out.WriteString(seq)
			painted = true
		case seq != "" && strings.IndexFunc(seq, func(r rune) bool { return !plain(r) }) < 0:
			out.WriteString(seq)
		}
		if n == 0 {
			break // the rest is a sequence that was cut off
		}
		rest, state = rest[n:], next
	}
	if painted {
		out.WriteString("\x1b[0m")
	}
	return out.String()
}
