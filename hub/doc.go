// Package hub is the control plane's end of the agents' wire: it admits agents, knows where each one is, carries
// commands to them and outcomes back, and takes in their log lines. Agents dial in; the hub never dials out.
//
// # Presence
//
// Terms. A link is an agent's live connection to this replica. A session is the link's random id. The presence row is
// what the database holds of a server's agent: its session, its replica, when it was last heard, whether it counts as
// connected, and whether the log was told so (announced). A beat is a heartbeat that waits to be written. The lease is
// three heartbeats: silence for longer than it is absence. The sight of a replica is the stretch of the database's time
// over which the replica could write without a break longer than one heartbeat.
//
// States of a presence row, as connected/announced:
//
//	            hello                      event server.connected
//	(no row) ──────────► yes/no ───────────────────────────────────► yes/yes ◄─┐
//	                      ▲  ▲                                        │  │     │ beat, or hello
//	                      │  └── hello, or beat of the same session   │  └─────┘
//	                      │                                           │ link lost for longer than the grace,
//	                      │                                           │ or not heard for a lease (sweep)
//	                      │           event server.disconnected       ▼
//	                   no/no ◄───────────────────────────────────── no/yes
//
// A hello of a newer session takes the row over from the older one, whichever replica has it. The next flush of the
// older session finds that, and ends its link.
//
// What it guarantees:
//   - The log ends where the row ends: the row is written first, and the log told from what the row says, under its lock.
//     A crash in between leaves a row whose announced differs from connected, and the next sweep finishes it.
//   - last_seen is when a beat was heard and not when it was written. A beat that cannot be written is kept until a newer
//     one comes or its link ends.
//   - A stalled database loses no agent. A replica sweeps only after a whole lease of unbroken sight, and counts absence
//     only up to its last write. So every replica first has a lease to write what its agents said meanwhile.
//   - A beat that PostgreSQL refuses, and a server that cannot be announced, hurt no other server.
//   - The server's stream stays short: connections and losses go to its presence stream, and the row keeps where that
//     ends. Rows are a cache: a dropped row comes back with the next hello and finds the end of its stream.
//
// What it trusts: the database's clock (one that jumps begins a new stretch of sight), and that a replica which writes
// nothing for a lease, while another one can, has lost its agents. Of an agent it trusts nothing but its token: its text
// is cleaned as it is read, and it speaks for its own server only.
package hub
