package service

import (
	"encoding/json"
	"fmt"
)

// Overlay returns c with every field that raw holds put in its place: what the source's own syntra.yaml says, as JSON of
// a Config whose zero fields are left out. Maps are merged, lists replaced. The result is checked.
func (c Config) Overlay(raw json.RawMessage) (Config, error) {
	if len(raw) == 0 {
		return c, nil
	}
	// Through JSON and back, so that maps of c are not written to.
	copied, err := json.Marshal(c)
	if err != nil {
		return c, fmt.Errorf("copy the settings: %w", err)
	}
	var merged Config
	if err := json.Unmarshal(copied, &merged); err != nil {
		return c, fmt.Errorf("copy the settings: %w", err)
	}
	if err := json.Unmarshal(raw, &merged); err != nil {
		return c, bad("syntra.yaml: %v", err)
	}
	// What belongs to the service rather than to one release of it: where the code comes from, its names, its size.
	merged.Source, merged.Domains, merged.Run.Replicas = c.Source, c.Domains, c.Run.Replicas
	return merged, merged.Check()
}
