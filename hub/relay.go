package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
)

// InternalPath is below which a replica does things for other replicas; see InternalHandler.
const InternalPath = "/internal/v1/"

// RelayPath is where a replica runs commands for other replicas.
const RelayPath = InternalPath + "exec"

const (
	relayProtocol = "syntra-relay.v1"
	// relayDialTimeout bounds how long a user waits for a replica that does not answer.
	relayDialTimeout = 5 * time.Second
	// relayFrame bounds a message on the hop, in bytes: the command with its arguments is the longest.
	relayFrame = 2 << 20
)

// Channels of the hop: the first byte of each binary message. The first message is the command, without a channel.
// The input has a window of wire.ExecWindow bytes, which relayAck opens again. So the replica with the agent always
// reads, and hears at once when the other one hangs up. Outputs are held up by the connection itself.
const (
	relayInput  byte = 0 // data; empty: the end of the input
	relayStdout byte = 1
	relayStderr byte = 2
	relayExit   byte = 3 // JSON of relayOutcome
	relayAck    byte = 4 // uint32, big-endian: bytes of the input that the command has taken
)

type relayCommand struct {
	ServerID string    `json:"server_id"`
	Exec     wire.Exec `json:"exec"`
}

// relayOutcome is an exit code, or why there is none.
type relayOutcome struct {
	ExitCode int    `json:"exit_code"`
	Error    string `json:"error,omitempty"`
	Reason   string `json:"reason,omitempty"` // offline, elsewhere, or a domain.Code
}

// peer is another replica with the agent of a server.
type peer struct {
	Replica, Address string
	Key              []byte
}

// peerOf returns the replica that has the agent of a server, or ErrOffline.
func (h *Hub) peerOf(ctx context.Context, serverID string) (peer, error) {
	var p peer
	err := asPlatform(ctx, h.opts.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT p.replica, r.address, r.relay_key
			FROM agent_presence p JOIN hub_replica r ON r.replica = p.replica
			WHERE p.server_id = $1 AND p.connected AND r.lease_until > now()`, serverID)
		if err != nil {
			return err
		}
		p, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[peer])
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return peer{}, ErrOffline
	}
	if err != nil {
		return peer{}, fmt.Errorf("hub: find the replica of %s: %w", serverID, err)
	}
	return p, nil
}

// execElsewhere runs a command through the replica that has the agent's socket.
func (h *Hub) execElsewhere(
	ctx context.Context, serverID string, exec wire.Exec, stdin io.Reader, stdout, stderr io.Writer,
) (int, error) {
	p, err := h.peerOf(ctx, serverID)
	if err != nil {
		return 0, err
	}
	if p.Replica == h.opts.Replica { // the agent has moved here meanwhile
		return h.execHere(ctx, serverID, exec, stdin, stdout, stderr)
	}
	command, err := json.Marshal(relayCommand{ServerID: serverID, Exec: exec})
	if err != nil {
		return 0, fmt.Errorf("hub: relay exec: %w", err)
	}
	conn, err := h.dialPeer(ctx, p, command)
	if err != nil {
		h.log.Warn("hub: cannot reach the replica that has an agent", "server", serverID, "replica", p.Replica,
			"address", p.Address, "error", err)
		return 0, domain.Errorf(domain.Unavailable, "the server's agent is connected to replica %q of Syntra, which replica %q"+
			" cannot reach at %q (%s): check that replica, and start it with an --internal-address that the others reach",
			p.Replica, h.opts.Replica, p.Address, plainCause(err)).WithReason("replica_unreachable")
	}
	defer conn.CloseNow()
	r := &relayed{hub: h, conn: conn, stream: newExecStream()}
	exit, err := r.run(ctx, command, stdin, stdout, stderr)
	if err != nil {
		return 0, fmt.Errorf("hub: exec through replica %q: %w", p.Replica, err)
	}
	return exit, nil
}

// relayClient follows no redirect and uses no proxy: a ticket is for one replica.
var relayClient = &http.Client{
	Transport:     &http.Transport{Proxy: nil, TLSHandshakeTimeout: relayDialTimeout},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// refusalError is the other replica's own word on why it did not take a command.
type refusalError struct{ detail string }

func (e refusalError) Error() string { return e.detail }

// plainCause leaves out of a dial's error what a user cannot use.
func plainCause(err error) string {
	var refusal refusalError
	switch {
	case errors.As(err, &refusal):
		return refusal.detail
	case errors.Is(err, context.DeadlineExceeded):
		return "it does not answer"
	}
	return "no connection"
}

func (h *Hub) dialPeer(ctx context.Context, p peer, command []byte) (*websocket.Conn, error) {
	if p.Address == "" {
		return nil, refusalError{"it has no internal address"}
	}
	digest := sha256.Sum256(command)
	signed, err := ticket{
		From:   h.opts.Replica,
		To:     p.Replica,
		At:     time.Now().UTC(),
		Nonce:  rand.Text(),
		Digest: digest[:],
	}.signed(p.Key)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, relayDialTimeout)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, strings.TrimRight(p.Address, "/")+RelayPath, &websocket.DialOptions{
		HTTPClient:      relayClient,
		HTTPHeader:      http.Header{ticketHeader: {signed}},
		Subprotocols:    []string{relayProtocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		var answered problem
		if res != nil && json.NewDecoder(io.LimitReader(res.Body, 4<<10)).Decode(&answered) == nil && answered.Detail != "" {
			return nil, refusalError{answered.Detail}
		}
		return nil, err
	}
	conn.SetReadLimit(relayFrame)
	return conn, nil
}

// relayed is this replica's end of one command that runs through another.
type relayed struct {
	hub    *Hub
	conn   *websocket.Conn
	stream *execStream // its credit: how much input may still be sent
}

func (r *relayed) run(ctx context.Context, command []byte, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer r.stream.end() // wakes the feed
	if err := r.conn.Write(ctx, websocket.MessageBinary, command); err != nil {
		return 0, err
	}
	go func() { // ends with the stream; a Read that hangs ends with the caller's reader
		if err := r.hub.recovered(func() error { r.feed(ctx, stdin); return nil }); err != nil {
			r.stream.fail(err)
			cancel()
		}
	}()
	for {
		_, message, err := r.conn.Read(ctx)
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return 0, r.stream.cause(fmt.Errorf("the connection broke; the command may still run: %w", err))
		}
		if len(message) == 0 {
			continue
		}
		data := message[1:]
		switch message[0] {
		case relayStdout:
			_, err = stdout.Write(data)
		case relayStderr:
			_, err = stderr.Write(data)
		case relayAck:
			if len(data) == 4 {
				r.stream.refund(int(binary.BigEndian.Uint32(data)))
			}
		case relayExit:
			return readOutcome(data)
		}
		if err != nil {
			return 0, fmt.Errorf("output: %w", err)
		}
	}
}

// feed sends the input as far as the window allows.
func (r *relayed) feed(ctx context.Context, stdin io.Reader) {
	if stdin == nil {
		stdin = eofReader{}
	}
	buf := make([]byte, 1+execChunk)
	buf[0] = relayInput
	for {
		n, err := stdin.Read(buf[1:])
		if n > 0 && (!r.stream.spend(n) || r.conn.Write(ctx, websocket.MessageBinary, buf[:1+n]) != nil) {
			return
		}
		if err != nil {
			_ = r.conn.Write(ctx, websocket.MessageBinary, buf[:1]) // a failure ends the Read of run
			return
		}
	}
}

func readOutcome(data []byte) (int, error) {
	var o relayOutcome
	if err := json.Unmarshal(data, &o); err != nil {
		return 0, fmt.Errorf("outcome: %w", err)
	}
	switch {
	case o.Error == "":
		return o.ExitCode, nil
	case o.Reason == reasonOffline:
		return 0, ErrOffline
	case o.Reason == reasonElsewhere:
		return 0, ErrElsewhere
	case o.Reason != "":
		return 0, domain.Errorf(domain.Code(o.Reason), "%s", o.Error)
	}
	return 0, errors.New(o.Error)
}
