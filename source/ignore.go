package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Files whose patterns leave things out of a deploy: Git's syntax, in any folder.
var ignoreFiles = []string{".gitignore", ".syntraignore"}

// neverIgnored is read by the platform itself, so a .dockerignore that hides it from the image does not hide it from us.
var neverIgnored = map[string]bool{
	"Dockerfile": true, ".dockerignore": true, "syntra.yaml": true, "syntra.yml": true, "Procfile": true,
}

// ignorer says what is left out of a source: .git always, then what .gitignore and .syntraignore (in any folder) and
// .dockerignore (at the root) say.
type ignorer struct {
	root     string
	patterns []gitignore.Pattern
	git      gitignore.Matcher
	docker   *patternmatcher.PatternMatcher
	keep     string // a Dockerfile by another name
	useGit   bool
}

func newIgnorer(root, dockerfile string, git bool) (*ignorer, error) {
	ig := &ignorer{root: root, keep: dockerfile, useGit: git, git: gitignore.NewMatcher(nil)}
	if err := ig.enter(""); err != nil {
		return nil, err
	}
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} { // BuildKit's order
		raw, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines, err := ignorefile.ReadAll(bytes.NewReader(raw))
		if err == nil {
			ig.docker, err = patternmatcher.New(lines)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return ig, nil
	}
	return ig, nil
}

// enter reads the ignore files of a folder (slash-separated, "" is the root) before what is in it is asked about.
func (ig *ignorer) enter(dir string) error {
	if !ig.useGit {
		return nil
	}
	var domain []string
	if dir != "" {
		domain = strings.Split(dir, "/")
	}
	grown := false
	for _, name := range ignoreFiles {
		raw, err := readSmall(filepath.Join(ig.root, filepath.FromSlash(dir), name), 1<<20)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimRight(line, "\r\n")
			if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				ig.patterns = append(ig.patterns, gitignore.ParsePattern(line, domain))
				grown = true
			}
		}
	}
	if grown {
		ig.git = gitignore.NewMatcher(ig.patterns)
	}
	return nil
}

// ignored says whether the file or folder is left out, and whether all below it is too.
func (ig *ignorer) ignored(rel string, isDir bool) (out, below bool, err error) {
	parts := strings.Split(rel, "/")
	if parts[len(parts)-1] == ".git" || ig.git.Match(parts, isDir) {
		return true, true, nil
	}
	if ig.docker == nil || neverIgnored[rel] || rel == ig.keep {
		return false, false, nil
	}
	out, err = ig.docker.MatchesOrParentMatches(rel)
	// A "!pattern" may bring back something below an excluded folder.
	return out, out && !ig.docker.Exclusions(), err
}
