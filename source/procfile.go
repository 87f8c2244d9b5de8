package source

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/syntra-dev/syntra/source/detect"
)

// Procfile reads the process types of a source's Procfile (Heroku's format); empty where there is none.
func Procfile(dir string) (map[string]string, error) {
	raw, err := readSmall(filepath.Join(dir, "Procfile"), maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, badSource("Procfile: %v", err)
	}
	types, err := detect.ParseProcfile(string(raw))
	if err != nil {
		return nil, badSource("%v", err)
	}
	return types, nil
}
