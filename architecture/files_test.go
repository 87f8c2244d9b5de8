package architecture

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Limits in lines. Past 150 a file is asked for its one purpose by its reader, past these by this test.
const (
	maxFile     = 300
	maxTestFile = 450
)

// emptyNames say nothing of what is inside.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "shared", "base"}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	packages, err := ours()
	require.NoError(t, err)
	for _, p := range packages {
		room := strings.TrimPrefix(p.ImportPath, module)
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", room)
		}
		if slices.Contains(emptyNames, path.Base(room)) {
			t.Errorf("%s: a package is named for what it holds", room)
		}
	}
}

func TestFilesStaySmall(t *testing.T) {
	eachFile(t, func(t *testing.T, p goPackage, file string, source []byte) {
		limit := maxFile
		if strings.HasSuffix(file, "_test.go") {
			limit = maxTestFile
		}
		if lines := bytes.Count(source, []byte("\n")); lines > limit {
			t.Errorf("%s/%s has %d lines, more than %d: which of its purposes can move out?", strings.TrimPrefix(p.ImportPath, module), file, lines, limit)
		}
	})
}

func TestNoTestSleeps(t *testing.T) {
	sleep := []byte("time." + "Sleep(")
	eachFile(t, func(t *testing.T, p goPackage, file string, source []byte) {
		if strings.HasSuffix(file, "_test.go") && bytes.Contains(source, sleep) {
			t.Errorf("%s/%s sleeps: wait for a condition with a deadline", strings.TrimPrefix(p.ImportPath, module), file)
		}
	})
}

func eachFile(t *testing.T, check func(*testing.T, goPackage, string, []byte)) {
	t.Helper()
	packages, err := ours()
	require.NoError(t, err)
	for _, p := range packages {
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			source, err := os.ReadFile(filepath.Join(p.Dir, file))
			require.NoError(t, err)
			if bytes.Contains(source, []byte("// Code generated ")) {
				continue
			}
			check(t, p, file, source)
		}
	}
}
