// Package imports reads what a source says to other tools (Fly, Render, Railway, Heroku, Kamal, Compose) and says the same to
// Syntra, as far as syntra.yaml can. What cannot be kept is listed with the reason, never dropped in silence.
package imports

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/source"
)

// Found is what one file says.
type Found struct {
	// File is its path in the source.
	File     string
	Services []Service
	// Lost is what syntra.yaml cannot say.
	Lost []string
}

// Service is one service of a file.
type Service struct {
	// Directory is where its source is; "" is the root.
	Directory string
	Config    source.File
	// Env are variables with their values; "" where the file holds none, as of secrets.
	Env map[string]string
}

// Names are the names of the variables, in order.
func (s Service) Names() []string { return slices.Sorted(maps.Keys(s.Env)) }

func (s *Service) variable(name, value string) {
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Env[name] = value
}

func (f *Found) lose(format string, args ...any) {
	f.Lost = append(f.Lost, fmt.Sprintf(format, args...))
}

// maxRead bounds one file.
const maxRead = 1 << 20

// readers by file, in the order in which one wins over the next.
var readers = []struct {
	file string
	read func(raw []byte, f *Found) error
}{
	{"fly.toml", readFly},
	{"render.yaml", readRender},
	{"railway.json", readRailway},
	{"config/deploy.yml", readKamal},
	{"app.json", readHeroku},
	{"compose.yaml", readCompose},
	{"compose.yml", readCompose},
	{"docker-compose.yaml", readCompose},
	{"docker-compose.yml", readCompose},
}

// Read reads every known file of a source.
func Read(fsys fs.FS) ([]Found, error) {
	var all []Found
	for _, r := range readers {
		file, err := fsys.Open(r.file)
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(file, maxRead))
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.file, err)
		}
		f := Found{File: r.file}
		if err := r.read(raw, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", r.file, err)
		}
		all = append(all, f)
	}
	return all, nil
}
