// Package state is the file by which a running `syntra dev` tells others (tests, tools, a second terminal) how to reach
// it: <data>/dev.json, for its owner only, there while the platform is up and ready.
package state

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// State is what runs and where.
type State struct {
	URL        string `json:"url"` // dashboard and API
	Email      string `json:"email"`
	Password   string `json:"password"`
	Token      string `json:"token"` // API token for syn
	TemporalUI string `json:"temporal_ui,omitempty"`
	Temporal   string `json:"temporal"`
	EdgeHTTP   int    `json:"edge_http"`
	Database   string `json:"database"`
	ClickHouse string `json:"clickhouse"`
	SampleURL  string `json:"sample_url,omitempty"`
	ServerID   string `json:"server_id"`
	PIDs       PIDs   `json:"pids"`
}

// PIDs of the processes; 0 where the part runs elsewhere.
type PIDs struct {
	Platform   int `json:"platform"`
	Postgres   int `json:"postgres,omitempty"`
	ClickHouse int `json:"clickhouse,omitempty"`
	Agent      int `json:"agent"`
	Edge       int `json:"edge"`
}

// File is where the state of a data folder stands.
func File(dataDir string) string { return filepath.Join(dataDir, "dev.json") }

// Read returns os.ErrNotExist when nothing is up.
func Read(dataDir string) (State, error) {
	var s State
	raw, err := os.ReadFile(File(dataDir))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", File(dataDir), err)
	}
	return s, nil
}

// Write replaces it at once.
func Write(dataDir string, s State) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	tmp := File(dataDir) + ".tmp"
	if err := os.WriteFile(tmp, append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, File(dataDir))
}

// Remove says that nothing is up any more.
func Remove(dataDir string) { _ = os.Remove(File(dataDir)) }
