-- server, version 4
CREATE TABLE server (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"join_prefix" text COLLATE "C" NOT NULL,
	"agent_version" text COLLATE "C" NOT NULL,
	"hostname" text COLLATE "C" NOT NULL,
	"os" text COLLATE "C" NOT NULL,
	"arch" text COLLATE "C" NOT NULL,
	"cores" bigint NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"runtimes" jsonb,
	"edge_http" bigint NOT NULL,
	"edge_https" bigint NOT NULL,
	"peer_address" text COLLATE "C" NOT NULL,
	"created_at" timestamptz NOT NULL,
	"connected_at" timestamptz,
	"join_hash" text COLLATE "C" NOT NULL,
	"credential_hash" text COLLATE "C" NOT NULL,
	"previous_hash" text COLLATE "C" NOT NULL
);
CREATE INDEX ON server (org_id, seq);
CREATE INDEX ON server (name, seq);
CREATE INDEX ON server (join_hash, seq);
CREATE INDEX ON server (credential_hash, seq);
CREATE INDEX ON server (previous_hash, seq);
CREATE INDEX ON server (org_id, name);
ALTER TABLE server ENABLE ROW LEVEL SECURITY;
ALTER TABLE server FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON server USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON server FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE POLICY visible_0 ON server FOR SELECT USING (nullif(current_setting('syntra.token_hash', true), '') IN (join_hash, credential_hash, previous_hash));
CREATE POLICY visible_1 ON server FOR SELECT USING (id = nullif(current_setting('syntra.server_id', true), ''));

-- project, version 3
CREATE TABLE project (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"slug" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"services" bigint NOT NULL,
	"created_at" timestamptz NOT NULL
);
CREATE INDEX ON project (org_id, seq);
CREATE INDEX ON project (slug, seq);
CREATE INDEX ON project (org_id, slug);
ALTER TABLE project ENABLE ROW LEVEL SECURITY;
ALTER TABLE project FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON project USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON project FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE project_service (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"project_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON project_service (org_id, seq);
ALTER TABLE project_service ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_service FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON project_service USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON project_service FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- service, version 6
CREATE TABLE service (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"project_slug" text COLLATE "C" NOT NULL,
	"placement" jsonb,
	"slug" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"url" text COLLATE "C" NOT NULL,
	"host" text COLLATE "C" NOT NULL,
	"replicas" bigint NOT NULL,
	"config" jsonb NOT NULL,
	"config_version" bigint NOT NULL,
	"env_version" bigint NOT NULL,
	"auto_deploy_frozen" boolean NOT NULL,
	"live" jsonb,
	"traffic" jsonb,
	"warm" jsonb,
	"deployment" jsonb,
	"operation" jsonb,
	"created_at" timestamptz NOT NULL,
	"split" jsonb,
	"scaled" bigint NOT NULL,
	"stopped" boolean NOT NULL,
	"servers" jsonb,
	"left_at" jsonb,
	"left_servers" jsonb,
	"underway_on" jsonb,
	"underway" jsonb,
	"pending" jsonb
);
CREATE INDEX ON service (org_id, seq);
CREATE INDEX ON service (project_id, seq);
CREATE INDEX ON service (project_slug, seq);
CREATE INDEX ON service (slug, seq);
CREATE INDEX ON service (org_id, project_slug, slug);
CREATE INDEX ON service USING gin (servers);
CREATE INDEX ON service USING gin (left_servers);
ALTER TABLE service ENABLE ROW LEVEL SECURITY;
ALTER TABLE service FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON service USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON service FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE POLICY visible_0 ON service FOR SELECT USING (servers ? nullif(current_setting('syntra.server_id', true), ''));
CREATE POLICY visible_1 ON service FOR SELECT USING (left_servers ? nullif(current_setting('syntra.server_id', true), ''));
CREATE TABLE operation (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"replicas" bigint NOT NULL,
	"at" timestamptz NOT NULL,
	"service_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON operation (org_id, seq);
CREATE INDEX ON operation (service_id, seq);
ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON operation USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON operation FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE service_project (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"slug" text COLLATE "C" NOT NULL
);
CREATE INDEX ON service_project (org_id, seq);
ALTER TABLE service_project ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_project FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON service_project USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON service_project FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE service_release (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"number" bigint NOT NULL,
	"commit" jsonb NOT NULL,
	"digest" text COLLATE "C" NOT NULL,
	"since" timestamptz NOT NULL,
	"service_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON service_release (org_id, seq);
ALTER TABLE service_release ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_release FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON service_release USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON service_release FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE service_deployment (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"service_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON service_deployment (org_id, seq);
ALTER TABLE service_deployment ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_deployment FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON service_deployment USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON service_deployment FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- release, version 5
CREATE TABLE release (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"service_id" text COLLATE "C" NOT NULL,
	"deployment_id" text COLLATE "C" NOT NULL,
	"number" bigint NOT NULL,
	"artifact" jsonb NOT NULL,
	"commit" jsonb NOT NULL,
	"env_version" bigint NOT NULL,
	"config_version" bigint NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"created_at" timestamptz NOT NULL,
	"activated_at" timestamptz
);
CREATE INDEX ON release (org_id, seq);
CREATE INDEX ON release (service_id, seq);
CREATE INDEX ON release (deployment_id, seq);
CREATE INDEX ON release (service_id, seq) WHERE activated_at IS NOT NULL;
CREATE INDEX ON release (service_id) WHERE state <> 'retired';
ALTER TABLE release ENABLE ROW LEVEL SECURITY;
ALTER TABLE release FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON release USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON release FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- deployment, version 4
CREATE TABLE deployment (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"service_id" text COLLATE "C" NOT NULL,
	"service_slug" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"project_slug" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"waiting" text COLLATE "C" NOT NULL,
	"source" jsonb NOT NULL,
	"target_release_id" text COLLATE "C" NOT NULL,
	"placement" jsonb,
	"release" jsonb,
	"steps" jsonb,
	"point" text COLLATE "C" NOT NULL,
	"strategy" jsonb NOT NULL,
	"failed_step" text COLLATE "C" NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"superseded_by" text COLLATE "C" NOT NULL,
	"evidence" jsonb,
	"actor" text COLLATE "C" NOT NULL,
	"requested_at" timestamptz NOT NULL,
	"started_at" timestamptz,
	"ended_at" timestamptz
);
CREATE INDEX ON deployment (org_id, seq);
CREATE INDEX ON deployment (service_id, seq);
CREATE INDEX ON deployment (project_id, seq);
CREATE INDEX ON deployment (status, seq);
ALTER TABLE deployment ENABLE ROW LEVEL SECURITY;
ALTER TABLE deployment FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON deployment USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON deployment FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE deployment_project (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"slug" text COLLATE "C" NOT NULL
);
CREATE INDEX ON deployment_project (org_id, seq);
ALTER TABLE deployment_project ENABLE ROW LEVEL SECURITY;
ALTER TABLE deployment_project FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON deployment_project USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON deployment_project FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE deployment_service (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"slug" text COLLATE "C" NOT NULL,
	"project" text COLLATE "C" NOT NULL
);
CREATE INDEX ON deployment_service (org_id, seq);
ALTER TABLE deployment_service ENABLE ROW LEVEL SECURITY;
ALTER TABLE deployment_service FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON deployment_service USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON deployment_service FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE deployment_release (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"number" bigint NOT NULL,
	"commit" jsonb NOT NULL,
	"digest" text COLLATE "C" NOT NULL,
	"since" timestamptz NOT NULL
);
CREATE INDEX ON deployment_release (org_id, seq);
ALTER TABLE deployment_release ENABLE ROW LEVEL SECURITY;
ALTER TABLE deployment_release FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON deployment_release USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON deployment_release FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- variable, version 2
CREATE TABLE variable (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"updated_at" timestamptz NOT NULL,
	"service_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON variable (org_id, seq);
CREATE INDEX ON variable (service_id, seq);
ALTER TABLE variable ENABLE ROW LEVEL SECURITY;
ALTER TABLE variable FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON variable USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON variable FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- activity, version 5
CREATE TABLE activity (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"position" text COLLATE "C" NOT NULL,
	"at" timestamptz NOT NULL,
	"type" text COLLATE "C" NOT NULL,
	"actor" text COLLATE "C" NOT NULL,
	"actor_name" text COLLATE "C" NOT NULL,
	"on_behalf_of" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"summary" text COLLATE "C" NOT NULL,
	"service_id" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON activity (org_id, seq);
CREATE INDEX ON activity (service_id, seq);
CREATE INDEX ON activity (project_id, seq);
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON activity USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON activity FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE activity_name (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"service_id" text COLLATE "C" NOT NULL,
	"project_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON activity_name (org_id, seq);
ALTER TABLE activity_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_name FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON activity_name USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON activity_name FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- token, version 4
CREATE TABLE token (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"prefix" text COLLATE "C" NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"expires_at" timestamptz,
	"created_at" timestamptz NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"member" jsonb NOT NULL
);
CREATE INDEX ON token (org_id, seq);
CREATE INDEX ON token (user_id, seq);
CREATE INDEX ON token (hash, seq);
CREATE INDEX ON token (user_id, id);
ALTER TABLE token ENABLE ROW LEVEL SECURITY;
ALTER TABLE token FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON token USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON token FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE POLICY visible_0 ON token FOR SELECT USING (hash = nullif(current_setting('syntra.token_hash', true), ''));
CREATE TABLE token_member (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"projects" jsonb
);
CREATE INDEX ON token_member (org_id, seq);
ALTER TABLE token_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_member FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON token_member USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON token_member FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- approval, version 2
CREATE TABLE approval (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"subject" jsonb NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"service_id" text COLLATE "C" NOT NULL,
	"action" text COLLATE "C" NOT NULL,
	"title" text COLLATE "C" NOT NULL,
	"shown_digest" text COLLATE "C" NOT NULL,
	"deciders" jsonb,
	"status" text COLLATE "C" NOT NULL,
	"decided_by" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"created_at" timestamptz NOT NULL,
	"expires_at" timestamptz NOT NULL,
	"decided_at" timestamptz
);
CREATE INDEX ON approval (org_id, seq);
CREATE INDEX ON approval (status, seq);
CREATE INDEX ON approval (service_id, seq);
CREATE INDEX ON approval (project_id, seq);
ALTER TABLE approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON approval USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON approval FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- member, version 3
CREATE TABLE member (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"projects" jsonb,
	"since" timestamptz NOT NULL,
	"slug" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL
);
CREATE INDEX ON member (org_id, seq);
CREATE INDEX ON member (user_id, seq);
CREATE INDEX ON member (org_id, user_id);
ALTER TABLE member ENABLE ROW LEVEL SECURITY;
ALTER TABLE member FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON member USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON member FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE POLICY visible_0 ON member FOR SELECT USING (user_id = nullif(current_setting('syntra.user_id', true), ''));
CREATE TABLE invitation (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"projects" jsonb,
	"invited_by" text COLLATE "C" NOT NULL,
	"created_at" timestamptz NOT NULL,
	"expires_at" timestamptz NOT NULL
);
CREATE INDEX ON invitation (org_id, seq);
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON invitation USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON invitation FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));
CREATE TABLE member_organization (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"slug" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL
);
CREATE INDEX ON member_organization (org_id, seq);
ALTER TABLE member_organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_organization FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON member_organization USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON member_organization FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- webhook, version 2
CREATE TABLE webhook (
	id text COLLATE "C" PRIMARY KEY,
	org_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	"project_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"host" text COLLATE "C" NOT NULL,
	"events" jsonb,
	"enabled" boolean NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"created_at" timestamptz NOT NULL,
	"previous_secret_until" timestamptz
);
CREATE INDEX ON webhook (org_id, seq);
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON webhook USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON webhook FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

