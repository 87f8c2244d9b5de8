package detect

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxRead bounds what is read of one file: everything here was written by strangers.
const maxRead = 1 << 20

// tree reads a source.
type tree struct{ fs.FS }

// has reports whether the source has such a regular file.
func (t tree) has(name string) bool {
	info, err := fs.Stat(t, name)
	return err == nil && info.Mode().IsRegular()
}

// first returns the first of the names that is a file; "" where none is.
func (t tree) first(names ...string) string {
	for _, name := range names {
		if name != "" && t.has(name) {
			return name
		}
	}
	return ""
}

// those returns the names that are files.
func (t tree) those(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !t.has(name) })
}

// text returns a file's content, cut at maxRead; "" where there is none.
func (t tree) text(name string) string {
	f, err := t.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxRead))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(string(raw), "\ufeff")
}

func (t tree) json(name string, into any) error { return json.Unmarshal([]byte(t.text(name)), into) }

// glob returns the regular files that match.
func (t tree) glob(patterns ...string) []string {
	var out []string
	for _, pattern := range patterns {
		found, err := fs.Glob(t, pattern)
		if err != nil {
			continue // of our own patterns none is malformed
		}
		out = append(out, t.those(found...)...)
	}
	return out
}

// skipped are folders without the program's own code.
var skipped = []string{"node_modules", "vendor", "testdata", "dist", "build", "target", "venv", "__pycache__", "deps", "_build"}

// files returns the files with the extension down to a depth of folders, nearest first.
func (t tree) files(ext string, depth int) []string {
	var out []string
	_ = fs.WalkDir(t, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		base := d.Name()
		if d.IsDir() {
			hidden := name != "." && strings.HasPrefix(base, ".")
			if hidden || slices.Contains(skipped, base) || strings.Count(name, "/") >= depth {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) == ext && d.Type().IsRegular() {
			out = append(out, name)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	return out
}

// Quote makes one word of the shell.
func Quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
