package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Older builds the program as it was before an event type was added, and answers its path: the same source, whose catalog
// of events lacks the type. event is how the catalog writes it, such as "service.OperationRequested{}".
func Older(ctx context.Context, event string) (string, error) {
	dir := filepath.Join(Root(), ".syntra", "e2e")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	catalog := filepath.Join(Root(), "domain", "catalog", "catalog.go")
	source, err := os.ReadFile(catalog)
	if err != nil {
		return "", err
	}
	before := bytes.Replace(source, []byte(event+","), nil, 1)
	if len(before) == len(source) {
		return "", fmt.Errorf("%s does not list %s: the older program would be no older", catalog, event)
	}
	older := filepath.Join(dir, "older-catalog.go")
	if err := os.WriteFile(older, before, 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {catalog: older}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "older-overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	out := filepath.Join(dir, "syntra-older")
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", list, "-ldflags", "-s -w", "-o", out, "./cmd/syntra")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if raw, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the older program: %w\n%s", err, raw)
	}
	return out, nil
}
