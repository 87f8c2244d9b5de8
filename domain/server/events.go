package server

// DefaultBuildLimit is how many builds one server runs at a time.
const DefaultBuildLimit = 1

// Registered opens the server. JoinHash is the SHA-256 (hex) of the join token, JoinPrefix its visible start.
type Registered struct {
	ServerID   string `json:"server_id"`
	Name       string `json:"name"`
	JoinPrefix string `json:"join_prefix"`
	JoinHash   string `json:"join_hash"`
	BuildLimit int    `json:"build_limit"`
}

// JoinTokenIssued replaces the join token and unbinds the agent installation.
type JoinTokenIssued struct {
	JoinPrefix string `json:"join_prefix"`
	JoinHash   string `json:"join_hash"`
}

// Enrolled binds the server to one agent installation.
type Enrolled struct {
	Instance string `json:"instance"`
}

// CredentialRotated replaces the credential that the agent keeps. Hash is a SHA-256 (hex) of 256 random bits.
type CredentialRotated struct {
	Hash string `json:"hash"`
}

// Connected says that the agent is there, and on what host.
type Connected struct {
	AgentVersion string   `json:"agent_version"`
	Hostname     string   `json:"hostname"`
	OS           string   `json:"os"`
	Arch         string   `json:"arch"`
	Cores        int      `json:"cores"`
	MemoryBytes  int64    `json:"memory_bytes"`
	Runtimes     []string `json:"runtimes"`
	// EdgePorts are where this server's edge listens: http, https (0: not listening).
	EdgeHTTP  int `json:"edge_http"`
	EdgeHTTPS int `json:"edge_https"`
	// PeerAddress is the host:port at which the edges of the organization's other servers reach this one's; empty: they
	// cannot.
	PeerAddress string `json:"peer_address,omitempty"`
}

// Disconnected says that the agent was not heard of any more.
type Disconnected struct {
	Reason string `json:"reason"`
}

// Removed takes the server out of the organization.
type Removed struct{}

func (Registered) EventType() string        { return "server.registered" }
func (JoinTokenIssued) EventType() string   { return "server.join_token_issued" }
func (Enrolled) EventType() string          { return "server.enrolled" }
func (CredentialRotated) EventType() string { return "server.credential_rotated" }
func (Connected) EventType() string         { return "server.connected" }
func (Disconnected) EventType() string      { return "server.disconnected" }
func (Removed) EventType() string           { return "server.removed" }
