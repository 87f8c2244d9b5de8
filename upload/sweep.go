package upload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Life is how long an upload is kept at least.
const Life = 24 * time.Hour

// Sweep removes uploads older than Life that nothing uses any more, and what broken transfers have left. It answers how
// many uploads it removed.
func (s *Store) Sweep(ctx context.Context, used func(ctx context.Context, org, uploadID string) (bool, error)) (int, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	if err != nil {
		return 0, fmt.Errorf("upload: %w", err)
	}
	removed := 0
	for _, file := range files {
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && s.now().Sub(info.ModTime()) < Life {
			continue
		}
		if err != nil {
			return removed, fmt.Errorf("upload: %w", err)
		}
		org, name := filepath.Base(filepath.Dir(file)), filepath.Base(file)
		uploadID, archive := strings.CutSuffix(name, suffixArchive)
		switch {
		case archive:
			inUse, err := used(ctx, org, uploadID)
			if err != nil {
				return removed, err
			}
			if inUse {
				continue
			}
			removed++
		case strings.HasSuffix(name, suffixAbout) && exists(strings.TrimSuffix(file, suffixAbout)+suffixArchive):
			continue // goes after its archive
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, fmt.Errorf("upload: %w", err)
		}
	}
	return removed, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
