package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/keeper"
)

// watchEdge starts an edge where none answers, and again when it dies. It holds the edge's listening sockets, so that
// connections wait for the next edge instead of being refused.
func watchEdge(ctx context.Context, o agentOptions, socket string, logger *slog.Logger) error {
	client := control.NewClient(socket)
	answers := func() bool {
		probe, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := client.Status(probe)
		return err == nil
	}
	var held *keeper.Sockets
	defer func() { held.Close() }()
	for {
		if !answers() && ctx.Err() == nil {
			pid, err := startEdge(o, socket, held)
			if err != nil {
				return err
			}
			logger.Info("agent: started the edge", "pid", pid, "http", o.EdgeHTTP)
			if err := await(ctx, 20*time.Second, "the edge answers", func() bool { return answers() || !alive(pid) }); err != nil && ctx.Err() == nil {
				logger.Error("agent: the edge does not answer; see its log", "log", filepath.Join(o.DataDir, "edge.log"), "error", err)
			}
		}
		gone := held.Gone()
		if held == nil || isClosed(gone) {
			if next, err := keeper.Hold(socket); err == nil {
				held.Close()
				held, gone = next, next.Gone()
			} else {
				gone = nil // tried again with the next look
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-gone:
		case <-time.After(time.Second):
		}
	}
}

// startEdge starts an edge with the sockets of the one before it.
func startEdge(o agentOptions, socket string, held *keeper.Sockets) (pid int, err error) {
	names, files := held.Files()
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	args := []string{
		"edge", "--data", filepath.Join(o.DataDir, "edge"), "--http", o.EdgeHTTP, "--https", o.EdgeHTTPS,
		"--peer", o.PeerListen, "--socket", socket,
		"--acme-email", o.ACMEEmail, "--acme-ca", o.ACMECA, fmt.Sprintf("--plain-http=%t", o.Plain), "--sockets=" + strings.Join(names, ","),
	}
	return startInheriting(files, filepath.Join(o.DataDir, "edge.log"), append(args, o.Clients.args()...)...)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
