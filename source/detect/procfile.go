package detect

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var procfileLine = regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*(\S.*)$`)

// ParseProcfile reads the process types of a Procfile (Heroku's format).
func ParseProcfile(text string) (map[string]string, error) {
	types := map[string]string{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := procfileLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("Procfile:%d: %q is not of the form name: command", number, line)
		}
		types[m[1]] = strings.TrimSpace(m[2])
	}
	return types, nil
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
