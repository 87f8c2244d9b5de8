package main

import (
	"fmt"
	"os"
	"strings"
)

// What stands between the marks is ours; the rest of the document is written by people.
const (
	markBegin = "<!-- bench:begin -->"
	markEnd   = "<!-- bench:end -->"
)

// store replaces what stands between the marks.
func store(file, text string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(raw), markBegin)
	_, after, ok2 := strings.Cut(rest, markEnd)
	if !ok || !ok2 {
		return fmt.Errorf("docs/benchmarks.md has not both marks %s and %s: put them where the figures belong", markBegin, markEnd)
	}
	return os.WriteFile(file, []byte(before+markBegin+"\n"+text+markEnd+after), 0o644)
}
