package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/cmd/syntra/version"
	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/certs"
	"github.com/syntra-dev/syntra/edge/control"
)

func edgeCommand() *cobra.Command {
	var o edge.Options
	var email, ca string
	var plain bool
	var clients clientFlags
	cmd := &cobra.Command{
		Use:   "edge",
		Short: "Run the proxy in front of this server's services",
		Long:  "The agent starts it. Started again on the same data folder, it takes the listeners of the running one over without losing a connection.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Version, o.Logger = version.Version, newLogger()
			o.TLS = edge.TLS{Email: email, CA: ca, Redirect: o.HTTPSAddr != "" && !plain}
			if email != "" || ca != "" {
				o.TLS.Issuer = certs.ACME
			}
			clients.apply(&o)
			if o.Socket == "" {
				o.Socket = edgeSocket(o.DataDir)
			}
			return edge.Run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.DataDir, "data", "/var/lib/syntra-agent/edge", "folder of its table, ports and certificates")
	f.StringVar(&o.HTTPAddr, "http", "127.0.0.1:7780", "where to listen for HTTP")
	f.StringVar(&o.HTTPSAddr, "https", "", "where to listen for HTTPS; empty: nowhere")
	f.StringVar(&o.PeerAddr, "peer", "", "where to listen for the edges of other servers; empty: nowhere")
	f.StringVar(&o.Socket, "socket", "", "Unix socket of its control API")
	f.StringVar(&email, "acme-email", "", "get certificates by ACME with this account")
	f.StringVar(&ca, "acme-ca", "", "directory URL of another ACME authority; empty: Let's Encrypt")
	f.BoolVar(&plain, "plain-http", false, "serve plain HTTP beside HTTPS instead of sending it there")
	clients.register(f)
	return cmd
}

// edgeSocket is where the edge of a data folder is driven; a folder whose path is too long for a socket gets one among
// the temporary files.
func edgeSocket(dataDir string) string {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		dir = dataDir
	}
	if path := filepath.Join(dir, "edge.sock"); len(path) <= 90 {
		return path
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "syntra-edge-"+hex.EncodeToString(sum[:8])+".sock")
}

// watchEdge starts an edge where none answers, and again when it dies.
func watchEdge(ctx context.Context, o agentOptions, socket string, logger *slog.Logger) error {
	client := control.NewClient(socket)
	answers := func() bool {
		probe, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := client.Status(probe)
		return err == nil
	}
	for {
		if !answers() && ctx.Err() == nil {
			args := []string{"edge", "--data", filepath.Join(o.DataDir, "edge"), "--http", o.EdgeHTTP, "--https", o.EdgeHTTPS, "--peer", o.PeerListen, "--socket", socket, "--acme-email", o.ACMEEmail, "--acme-ca", o.ACMECA, fmt.Sprintf("--plain-http=%t", o.Plain)}
			args = append(args, o.Clients.args()...)
			pid, err := startDetached(filepath.Join(o.DataDir, "edge.log"), args...)
			if err != nil {
				return err
			}
			logger.Info("agent: started the edge", "pid", pid, "http", o.EdgeHTTP)
			if err := await(ctx, 20*time.Second, "the edge answers", func() bool { return answers() || !alive(pid) }); err != nil && ctx.Err() == nil {
				logger.Error("agent: the edge does not answer; see its log", "log", filepath.Join(o.DataDir, "edge.log"), "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
