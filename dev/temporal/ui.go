package temporal

import (
	"fmt"
	"net"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// UI is the running Web UI.
type UI struct {
	server *uiserver.Server
	addr   string
}

// StartUI serves the Web UI for a Temporal frontend on 127.0.0.1:port; port 0 takes a free one. The UI kills the whole
// process when it cannot bind, so the port is tried first.
func StartUI(frontend, namespace string, port int) (*UI, error) {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return nil, fmt.Errorf("temporal UI: port %d is taken: choose another with --temporal-ui-port (0: any): %w", port, err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("temporal UI: %w", err)
	}
	ui := uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: frontend, Host: "127.0.0.1", Port: port, EnableUI: true, DefaultNamespace: namespace,
		DisableNewsFetch: true, HideLogs: true, CORS: uiconfig.CORS{CookieInsecure: true},
	}))
	go ui.Start() //nolint:errcheck // its only error is nil: it returns once it is stopped
	return &UI{server: ui, addr: loopback(port)}, nil
}

// Addr is its host:port.
func (u *UI) Addr() string { return u.addr }

// Stop closes it.
func (u *UI) Stop() { u.server.Stop() }
