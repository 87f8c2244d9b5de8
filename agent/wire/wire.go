// Package wire is the protocol between an agent and the control plane's hub: JSON messages over one WebSocket that the
// agent dials (GET /agent/v1/connect, "Authorization: Bearer <token>"). Every message is a Frame whose Type names one
// struct of this package. Both ends ignore types and fields they do not know, so that either may be newer.
package wire

import (
	"encoding/json"
	"fmt"
)

// Version of the protocol; the hub refuses an agent whose major version differs.
const Version = 1

// MaxFrame bounds one message, in bytes.
const MaxFrame = 8 << 20

// Frame is the envelope.
type Frame struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Types of frames. The comment says who sends it.
const (
	TypeHello         = "hello"          // agent, first
	TypeWelcome       = "welcome"        // hub, in answer
	TypeCredentialSet = "credential_set" // agent: the new credential is on disk
	TypeHeartbeat     = "heartbeat"      // agent, every Welcome.HeartbeatSeconds
	TypeCommand       = "command"        // hub
	TypeCancel        = "cancel"         // hub: end a running command
	TypeProgress      = "progress"       // agent: a command is alive, with a note
	TypeResult        = "result"         // agent: a command's one outcome
	TypeResultAck     = "result_ack"     // hub: the outcome is safe
	TypeLogs          = "logs"           // agent: a batch from its spool
	TypeLogsAck       = "logs_ack"       // hub: the batch is on the hub's disk
	TypeExecInput     = "exec_input"     // hub
	TypeExecOutput    = "exec_output"    // agent
	TypeExecAck       = "exec_ack"       // both: so many bytes of the stream were taken
	TypeReconcile     = "reconcile"      // hub: what should be on this server
	TypeArtifacts     = "artifacts"      // agent: all artifacts that are on this server, after each change

	TypePeerCertificateRequest = "peer_certificate_request" // agent: sign the key that other servers shall know it by
	TypePeerCertificate        = "peer_certificate"         // hub, in answer
)

// Paths and headers of the hub's HTTP side. Requests carry "Authorization: Bearer <join token or credential>".
const (
	ConnectPath = "/agent/v1/connect"
	UploadPath  = "/agent/v1/uploads/" // + upload id
	// InstanceHeader carries Hello.Instance, so that a second installation is refused before the upgrade.
	InstanceHeader = "Syntra-Agent-Instance"
)

// Reasons the hub gives when it closes a connection that should not simply be dialled again.
const (
	CloseReplaced = "replaced by a newer connection of this agent"
	CloseRevoked  = "the server was removed or given a new join token"
)

// ExecWindow is how many bytes of one exec stream may be under way without an ExecAck, so that a slow reader holds up
// its own stream and not the connection.
const ExecWindow = 256 << 10

// Encode makes a frame.
func Encode(frameType string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("wire: encode %s: %w", frameType, err)
	}
	return json.Marshal(Frame{Type: frameType, Data: data})
}

// Decode reads a frame's data.
func Decode[T any](f Frame) (T, error) {
	var v T
	if err := json.Unmarshal(f.Data, &v); err != nil {
		return v, fmt.Errorf("wire: decode %s: %w", f.Type, err)
	}
	return v, nil
}
