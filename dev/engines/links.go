package engines

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// linkLibraries makes the symlinks that the PostgreSQL package's install script would make: npm packages cannot hold
// any, and install scripts are off.
func linkLibraries(dir string) error {
	native, err := Postgres(dir)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("install engines: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("install engines: read pg-symlinks.json: %w", err)
	}
	root := filepath.Dir(native)
	for _, l := range links {
		target := filepath.Join(root, l.Target)
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		source, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, l.Source))
		if err != nil {
			return fmt.Errorf("install engines: link %s: %w", l.Target, err)
		}
		if err := os.Symlink(source, target); err != nil {
			return fmt.Errorf("install engines: %w", err)
		}
	}
	return nil
}
