package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/cmd/syntra/version"
	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/certs"
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
	f.StringSliceVar(&o.Sockets, "sockets", nil, "names of the listening sockets that it is started with, from descriptor 3 on")
	_ = f.MarkHidden("sockets")
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
