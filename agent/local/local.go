// Package local speaks to an agent on this machine, over the Unix socket in its data directory. It imports nothing heavy.
package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Status of a running agent.
type Status struct {
	PID       int    `json:"pid"`
	Version   string `json:"version"`
	Instance  string `json:"instance"`
	Connected bool   `json:"connected"`
	// ServerID is empty until the first connection of this run.
	ServerID string `json:"server_id"`
	// Replicas that run now.
	Replicas int `json:"replicas"`
	// SpooledRecords are log lines that the control plane does not have yet.
	SpooledRecords int `json:"spooled_records"`
}

// maxSocketPath is below the 104 bytes of macOS and the 108 of Linux.
const maxSocketPath = 100

// SocketPath is where the agent of a data directory listens. A directory whose path is too long for a socket gets one in
// the system's directory for temporary files.
func SocketPath(dataDir string) string {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		dir = dataDir
	}
	if path := filepath.Join(dir, "agent.sock"); len(path) <= maxSocketPath {
		return path
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "syntra-agent-"+hex.EncodeToString(sum[:8])+".sock")
}

// Suspend stops all replicas, keeping what is needed to run them again at the agent's next start, and ends the agent.
// It returns when they have stopped.
func Suspend(ctx context.Context, dataDir string) error {
	return call(ctx, dataDir, http.MethodPost, "/v1/suspend", nil)
}

// GetStatus asks the agent how it is.
func GetStatus(ctx context.Context, dataDir string) (Status, error) {
	var s Status
	return s, call(ctx, dataDir, http.MethodGet, "/v1/status", &s)
}

func call(ctx context.Context, dataDir, method, path string, out any) error {
	socket := SocketPath(dataDir)
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the agent of %s: %w", dataDir, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10)) // what came is all there is to tell
		return fmt.Errorf("the agent of %s answered %d: %s", dataDir, res.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}
