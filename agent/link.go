package agent

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/command"
	"github.com/syntra-dev/syntra/agent/exec"
	"github.com/syntra-dev/syntra/agent/host"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/session"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
)

// maxUnacked outcomes go with a Hello; the rest is answered when their commands come again.
const maxUnacked = 1000

// link is what hangs on one session.
type link struct {
	agent   *Agent
	session *session.Session
	shipper *logs.Shipper
	streams *exec.Streams
	period  time.Duration
}

// send sends over whatever session there is now, and reports whether it could. A failure ends the session.
func (a *Agent) send(frameType string, v any) bool {
	l := a.link.Load()
	return l != nil && l.session.Send(frameType, v) == nil
}

// Hello implements session.Handler.
func (a *Agent) Hello(ctx context.Context) wire.Hello {
	facts := host.Describe(ctx)
	h := wire.Hello{
		Protocol: wire.Version, AgentVersion: a.opts.Version, Instance: a.identity.Instance(),
		Hostname: facts.Hostname, OS: facts.OS, Arch: facts.Arch, Cores: facts.Cores, MemoryBytes: facts.MemoryBytes,
		Instances: a.services.Instances(), Unacked: a.journal.Unacked(maxUnacked),
	}
	for _, rt := range a.opts.Runtimes {
		h.Runtimes = append(h.Runtimes, rt.Name())
	}
	edge := a.edgePort.get(ctx, a.opts.Edge)
	h.EdgeHTTP, h.EdgeHTTPS, h.PeerAddress = edge.HTTPPort, edge.HTTPSPort, a.peerAddress(edge.Peer.Port)
	return h
}

// peerAddress is where the edges of other servers reach this one's; empty where it does not listen for them, or no
// address is known.
func (a *Agent) peerAddress(port int) string {
	if port == 0 {
		return ""
	}
	address, err := a.plane.Advertised(a.opts.Advertise, port)
	if err != nil {
		a.log.Warn("agent: it is not known under which address other servers reach this one: say so with --advertise", "error", err)
	}
	return address
}

// Welcome implements session.Handler.
func (a *Agent) Welcome(s *session.Session, w wire.Welcome) session.Conversation {
	l := &link{
		agent:   a,
		session: s,
		shipper: a.logs.NewShipper(s.Send),
		streams: exec.NewStreams(s.Send),
		period:  time.Duration(max(1, w.HeartbeatSeconds)) * time.Second,
	}
	a.server.Store(&w.ServerID)
	a.name.Store(&authority.Name{Organization: w.Organization, Server: w.ServerID})
	a.link.Store(l)
	a.certificates.Look()
	return l
}

// Talk implements session.Conversation.
func (l *link) Talk() {
	var wg sync.WaitGroup
	wg.Go(func() { l.agent.beat(l.session, l.period) })
	wg.Go(func() { l.shipper.Run(l.session.Context()) })
	wg.Go(func() { l.agent.artifacts.Tell(l.session.Context(), l.session.Send) })
	wg.Wait()
}

// End implements session.Conversation.
func (l *link) End() {
	l.streams.End()
	l.agent.link.CompareAndSwap(l, nil)
}

// Frame implements session.Conversation.
func (l *link) Frame(f wire.Frame) error {
	a := l.agent
	switch f.Type {
	case wire.TypeCommand:
		from := command.Origin{Skew: l.session.Skew, Streams: l.streams}
		return with(f, func(c wire.Command) { a.commands.Accept(from, c) })
	case wire.TypeCancel:
		return with(f, func(c wire.Cancel) { a.commands.Cancel(c.ID) })
	case wire.TypeResultAck:
		return with(f, a.commands.Acked)
	case wire.TypeLogsAck:
		return with(f, l.shipper.Acked)
	case wire.TypeExecInput:
		return with(f, l.streams.Input)
	case wire.TypeExecAck:
		return with(f, l.streams.Ack)
	case wire.TypePeerCertificate:
		return with(f, func(c wire.PeerCertificate) { a.life.Go(func() { a.certificates.Certified(c) }) })
	case wire.TypeReconcile:
		return with(f, func(r wire.Reconcile) { a.life.Go(func() { a.reconcile(r) }) })
	}
	return nil
}

func with[T any](f wire.Frame, handle func(T)) error {
	v, err := wire.Decode[T](f)
	if err == nil {
		handle(v)
	}
	return err
}

// reconcile brings this server to what the control plane says should be on it.
func (a *Agent) reconcile(want wire.Reconcile) {
	ctx := a.life.Context()
	if !a.services.Reconcile(ctx, want) {
		return
	}
	// What was built without a session, or by a command that is under way, may not be recorded yet.
	l := a.link.Load()
	if want.Artifacts == nil || l == nil || time.Since(l.session.Since) < a.opts.Prune || a.commands.Busy() {
		return
	}
	a.artifacts.Prune(ctx, want.Artifacts, a.opts.Prune)
}
