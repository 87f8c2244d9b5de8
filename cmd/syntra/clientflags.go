package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/syntra-dev/syntra/edge"
)

// clientFlags are the edge's flags about its clients. The agent takes them too, and passes them on.
type clientFlags struct {
	TrustedProxies                 []string
	Patience                       time.Duration
	MinRate, Connections, Requests int
}

func (c *clientFlags) register(f *pflag.FlagSet) {
	f.StringSliceVar(&c.TrustedProxies, "trusted-proxies", nil,
		"networks (10.0.0.0/8) of the proxies before the edge whose X-Forwarded headers and PROXY protocol are believed")
	f.DurationVar(&c.Patience, "client-patience", edge.DefaultPatience, "how long a client may take to send or accept anything at all")
	f.IntVar(&c.MinRate, "client-min-rate", edge.DefaultMinRate, "bytes of a body a second that a client must send, on average, beyond its patience")
	f.IntVar(&c.Connections, "client-connections", edge.DefaultConnectionsPerClient, "connections of one address at a time; -1: as many as it likes")
	f.IntVar(&c.Requests, "client-requests", edge.DefaultRequestsPerClient, "requests of one address at a time; -1: as many as it likes")
}

// args are the flags as arguments of `syntra edge`.
func (c *clientFlags) args() []string {
	return []string{
		"--trusted-proxies=" + strings.Join(c.TrustedProxies, ","), "--client-patience", c.Patience.String(),
		fmt.Sprintf("--client-min-rate=%d", c.MinRate), fmt.Sprintf("--client-connections=%d", c.Connections),
		fmt.Sprintf("--client-requests=%d", c.Requests),
	}
}

// apply sets them as options of an edge in this process.
func (c *clientFlags) apply(o *edge.Options) {
	o.TrustedProxies, o.ClientPatience, o.ClientMinRate = c.TrustedProxies, c.Patience, c.MinRate
	o.ConnectionsPerClient, o.RequestsPerClient = c.Connections, c.Requests
}
