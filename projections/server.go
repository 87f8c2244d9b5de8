package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
)

// Server is a host with an agent, as the log tells it. What its agent measures live is in the hub's presence rows.
type Server struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	State        string     `json:"state"` // pending (never connected), online, offline
	Reason       string     `json:"reason,omitempty"`
	JoinPrefix   string     `json:"join_prefix"`
	AgentVersion string     `json:"agent_version,omitempty"`
	Hostname     string     `json:"hostname,omitempty"`
	OS           string     `json:"os,omitempty"`
	Arch         string     `json:"arch,omitempty"`
	Cores        int        `json:"cores,omitempty"`
	MemoryBytes  int64      `json:"memory_bytes,omitempty"`
	Runtimes     []string   `json:"runtimes"`
	EdgeHTTP     int        `json:"edge_http,omitempty"`
	EdgeHTTPS    int        `json:"edge_https,omitempty"`
	PeerAddress  string     `json:"peer_address,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	ConnectedAt  *time.Time `json:"connected_at,omitempty"`
}

// States of a server.
const (
	ServerPending = "pending"
	ServerOnline  = "online"
	ServerOffline = "offline"
)

// serverRow adds what only the hub may look for: the SHA-256 of the tokens that open it.
type serverRow struct {
	Server
	JoinHash       string `json:"join_hash"`
	CredentialHash string `json:"credential_hash,omitempty"`
	PreviousHash   string `json:"previous_hash,omitempty"`
}

var servers = Table[serverRow]{
	Name: "server", Keys: []string{"name", "join_hash", "credential_hash", "previous_hash"},
	Indexes: []string{"(org_id, name)"},
	Visible: []string{
		setting(settingTokenHash) + " IN (join_hash, credential_hash, previous_hash)",
		"id = " + setting(settingServer),
	},
}

func serverModel() Model {
	return Model{Name: "server", Version: 4, Tables: []schema{servers}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[server.Registered]) error {
			servers.Insert(b, e.Recorded, e.Fact.ServerID, serverRow{JoinHash: e.Fact.JoinHash, Server: Server{
				ID: e.Fact.ServerID, Name: e.Fact.Name, State: ServerPending, JoinPrefix: e.Fact.JoinPrefix, Runtimes: []string{}, CreatedAt: e.At,
			}})
			return nil
		}),
		onServer(func(s *serverRow, e Event[server.JoinTokenIssued]) {
			s.JoinPrefix, s.JoinHash, s.CredentialHash, s.PreviousHash = e.Fact.JoinPrefix, e.Fact.JoinHash, "", ""
		}),
		onServer(func(s *serverRow, e Event[server.CredentialRotated]) {
			s.PreviousHash, s.CredentialHash = s.CredentialHash, e.Fact.Hash
		}),
		onServer(func(s *serverRow, e Event[server.Connected]) {
			f, at := e.Fact, e.At
			s.State, s.Reason, s.ConnectedAt = ServerOnline, "", &at
			s.AgentVersion, s.Hostname, s.OS, s.Arch, s.Cores, s.MemoryBytes = f.AgentVersion, f.Hostname, f.OS, f.Arch, f.Cores, f.MemoryBytes
			s.Runtimes, s.EdgeHTTP, s.EdgeHTTPS = append([]string{}, f.Runtimes...), f.EdgeHTTP, f.EdgeHTTPS
			s.PeerAddress = f.PeerAddress
		}),
		onServer(func(s *serverRow, e Event[server.Disconnected]) {
			s.State, s.Reason = ServerOffline, e.Fact.Reason
		}),
		on(func(_ context.Context, b *Batch, e Event[server.Removed]) error {
			servers.Delete(b, e.Subject())
			return nil
		}),
	}}
}

func onServer[F domain.Event](change func(*serverRow, Event[F])) Handler {
	return on(func(ctx context.Context, b *Batch, e Event[F]) error {
		return servers.Edit(ctx, b, e.Subject(), func(s *serverRow) { change(s, e) })
	})
}

var byName = order[serverRow]{[]string{"name"}, func(s serverRow) []string { return []string{s.Name} }}

// Servers returns a page of an organization's servers, by name.
func (q *Queries) Servers(ctx context.Context, org string, page PageRequest) ([]Server, string, error) {
	rows, next, err := ordered(ctx, q, org, servers, byName, nil, page)
	return publicServers(rows), next, err
}

// ServersByID returns those of an organization's servers.
func (q *Queries) ServersByID(ctx context.Context, org string, ids []string) ([]Server, error) {
	rows, err := list(ctx, q, org, servers, `WHERE org_id = $1 AND id = ANY($2)`, org, ids)
	return publicServers(rows), err
}

func publicServers(rows []serverRow) []Server {
	out := make([]Server, len(rows))
	for i, r := range rows {
		out[i] = r.Server
	}
	return out
}

// Server returns one server.
func (q *Queries) Server(ctx context.Context, org, id string) (Server, error) {
	row, err := one(ctx, q, org, servers, "server", id, `WHERE org_id = $1 AND id = $2`, org, id)
	return row.Server, err
}

// ServerByName returns the server with a name.
func (q *Queries) ServerByName(ctx context.Context, org, name string) (Server, error) {
	row, err := one(ctx, q, org, servers, "server", name, `WHERE org_id = $1 AND name = $2`, org, name)
	return row.Server, err
}

// ServerByTokenHash says which server an agent's token (SHA-256, hex) may speak for: a join token, or the current or
// last credential. Whether this agent may have it now is for the server's stream to decide. Unknown: Unauthorized.
func (q *Queries) ServerByTokenHash(ctx context.Context, hash string) (org, serverID string, err error) {
	rows, err := selectRows(ctx, q, scope{settingTokenHash, hash}, servers, `WHERE join_hash = $1 OR credential_hash = $1 OR previous_hash = $1`, hash)
	if err != nil {
		return "", "", err
	}
	if hash == "" || len(rows) == 0 {
		return "", "", domain.Errorf(domain.Unauthorized, "the agent token is not valid: make a new one with `syn server token <server>`").WithReason("bad_token")
	}
	return rows[0].org, rows[0].doc.ID, nil
}
