-- Where each agent's socket is. Rows are a cache of the present: dropped, they come back with the next connections.

-- +goose Up
CREATE TABLE hub_replica (
    replica     text PRIMARY KEY,
    lease_until timestamptz NOT NULL,
    -- address is the base URL under which other replicas reach this one; '' when they cannot.
    address     text NOT NULL,
    -- relay_key signs other replicas' requests to this one; it is made anew at each start.
    relay_key   bytea NOT NULL
);

CREATE TABLE agent_presence (
    server_id  text PRIMARY KEY,
    org_id     text NOT NULL,
    replica    text NOT NULL,
    -- session is the connection's random id: only its holder may say that it ended.
    session    text NOT NULL,
    connected  boolean NOT NULL,
    -- announced is what the event log was last told; it differs from connected only while the hub is telling.
    announced  boolean NOT NULL DEFAULT false,
    -- revision is where the server's presence stream ends, as far as the hub knows; -1: nowhere yet.
    revision   bigint NOT NULL DEFAULT -1,
    -- facts are those of the last connection, to announce it again without reading the log.
    facts      json,
    reason     text NOT NULL DEFAULT '',
    since      timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    -- rotated_at is when the agent's credential was last replaced.
    rotated_at timestamptz,
    -- json, not jsonb: agents write it, and jsonb refuses what JSON allows (\u0000), for a whole batch of agents at once.
    heartbeat  json
);
CREATE INDEX agent_presence_org ON agent_presence (org_id);
CREATE INDEX agent_presence_open ON agent_presence (last_seen) WHERE connected OR announced;

-- A connection that says nothing sees no row. syntra.hub is set, per transaction, by the hub alone (hub/platform.go),
-- which works for all organizations; whoever sets an organization reads that one's rows.
ALTER TABLE agent_presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_presence FORCE ROW LEVEL SECURITY;
CREATE POLICY hub ON agent_presence USING (current_setting('syntra.hub', true) = 'on');
CREATE POLICY organization ON agent_presence FOR SELECT
    USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- +goose Down
DROP TABLE agent_presence;
DROP TABLE hub_replica;
