package source

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

var procfileLine = regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*(\S.*)$`)

// Procfile reads the process types of a source's Procfile (Heroku's format); empty where there is none.
func Procfile(dir string) (map[string]string, error) {
	raw, err := readSmall(filepath.Join(dir, "Procfile"), maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, badSource("Procfile: %v", err)
	}
	types := map[string]string{}
	number := 0
	for line := range strings.Lines(string(raw)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := procfileLine.FindStringSubmatch(line)
		if m == nil {
			return nil, badSource("Procfile:%d: %q is not of the form name: command", number, line)
		}
		types[m[1]] = strings.TrimSpace(m[2])
	}
	return types, nil
}
