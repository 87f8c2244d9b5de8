//go:build linux

package process

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// relocate makes the scripts of a Python virtual environment find its interpreter wherever the tree is copied to: they
// name the folder that they were installed in.
func relocate(tree string) error {
	bin := filepath.Join(tree, ".venv", "bin")
	entries, err := os.ReadDir(bin)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(bin, e.Name())
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if moved := withoutPath(raw, bin); moved != nil {
			info, err := e.Info()
			if err != nil {
				return err
			}
			if err := os.WriteFile(path, moved, info.Mode().Perm()); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutPath returns a script whose first lines name an interpreter in bin, with the name alone, which PATH finds; nil for
// every other file. pip writes "#!/path/python", and for long paths a line for sh: ”'exec' /path/python "$0" "$@".
func withoutPath(script []byte, bin string) []byte {
	prefix := []byte(bin + "/")
	first, rest, _ := bytes.Cut(script, []byte("\n"))
	if name, ok := bytes.CutPrefix(first, append([]byte("#!"), prefix...)); ok {
		return bytes.Join([][]byte{append([]byte("#!/usr/bin/env "), name...), rest}, []byte("\n"))
	}
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	if bytes.HasPrefix(first, []byte("#!/bin/sh")) && bytes.Contains(second, prefix) {
		return bytes.Replace(script, prefix, nil, 1)
	}
	return nil
}
