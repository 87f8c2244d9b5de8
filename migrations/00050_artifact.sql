-- What the artifact registry holds, and whose it is. The bytes lie in a blob store; a row here is what makes them exist.

-- +goose Up
-- Bytes, once in an organization. object is a name that is never used again, so that deleting an old object cannot hit a
-- new one with the same content.
CREATE TABLE artifact_blob (
    org_id     text        COLLATE "C" NOT NULL,
    digest     text        COLLATE "C" NOT NULL,
    object     text        COLLATE "C" NOT NULL UNIQUE,
    size_bytes bigint      NOT NULL CHECK (size_bytes >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, digest)
);

-- A service may read a blob that it pushed. used_at is when it last pushed it or asked for it.
CREATE TABLE artifact_link (
    org_id     text        COLLATE "C" NOT NULL,
    service_id text        COLLATE "C" NOT NULL,
    digest     text        COLLATE "C" NOT NULL,
    used_at    timestamptz NOT NULL,
    PRIMARY KEY (org_id, service_id, digest),
    FOREIGN KEY (org_id, digest) REFERENCES artifact_blob
);
CREATE INDEX artifact_link_blob ON artifact_link (org_id, digest);

-- Bytes on their way in. The row is there before its object and goes in the transaction that makes a blob of it.
CREATE TABLE artifact_upload (
    id         text        COLLATE "C" PRIMARY KEY,
    org_id     text        COLLATE "C" NOT NULL,
    service_id text        COLLATE "C" NOT NULL,
    size_bytes bigint      NOT NULL DEFAULT 0,
    touched_at timestamptz NOT NULL
);
CREATE INDEX artifact_upload_org ON artifact_upload (org_id);
CREATE INDEX artifact_upload_touched ON artifact_upload (touched_at);

CREATE TABLE artifact_manifest (
    org_id     text        COLLATE "C" NOT NULL,
    service_id text        COLLATE "C" NOT NULL,
    digest     text        COLLATE "C" NOT NULL,
    media_type text        NOT NULL,
    content    bytea       NOT NULL,
    size_bytes bigint      NOT NULL, -- with all that it names
    pushed_at  timestamptz NOT NULL,
    used_at    timestamptz NOT NULL, -- last pushed, pulled or promised to somebody
    marked_at  timestamptz,          -- found to be needless; deleted when it still is a grace later
    PRIMARY KEY (org_id, service_id, digest)
);

-- A tag of the form sha256-<hex> says which artifact a manifest carries.
CREATE TABLE artifact_tag (
    org_id     text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    tag        text COLLATE "C" NOT NULL,
    manifest   text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, service_id, tag),
    FOREIGN KEY (org_id, service_id, manifest) REFERENCES artifact_manifest ON DELETE CASCADE
);
CREATE INDEX artifact_tag_manifest ON artifact_tag (org_id, service_id, manifest);

-- What a manifest names: blobs, and manifests of an index. The foreign keys are what keeps garbage collection from taking
-- what a push that runs at the same time is about to name.
CREATE TABLE artifact_reference (
    org_id     text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    manifest   text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, service_id, manifest, digest),
    FOREIGN KEY (org_id, service_id, manifest) REFERENCES artifact_manifest ON DELETE CASCADE,
    FOREIGN KEY (org_id, service_id, digest) REFERENCES artifact_link
);
CREATE INDEX artifact_reference_blob ON artifact_reference (org_id, service_id, digest);
CREATE TABLE artifact_child (
    org_id     text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    manifest   text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, service_id, manifest, digest),
    FOREIGN KEY (org_id, service_id, manifest) REFERENCES artifact_manifest ON DELETE CASCADE,
    FOREIGN KEY (org_id, service_id, digest) REFERENCES artifact_manifest
);
CREATE INDEX artifact_child_digest ON artifact_child (org_id, service_id, digest);

-- Which server holds which artifact, as its agent told last.
CREATE TABLE artifact_location (
    org_id    text        COLLATE "C" NOT NULL,
    server_id text        COLLATE "C" NOT NULL,
    artifact  text        COLLATE "C" NOT NULL,
    at        timestamptz NOT NULL, -- first told
    PRIMARY KEY (org_id, server_id, artifact)
);
CREATE INDEX artifact_location_artifact ON artifact_location (org_id, artifact);

-- Which blob store the rows above are about, by what the store says of itself. Not of any organization.
CREATE TABLE artifact_store (
    id       int  PRIMARY KEY CHECK (id = 1),
    identity text NOT NULL
);

-- A connection that names no organization sees no row. syntra.artifacts is set, per transaction, by garbage collection and
-- by the sweep of servers that are gone, which work for all organizations.
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['blob', 'link', 'upload', 'manifest', 'tag', 'reference', 'child', 'location'] LOOP
        EXECUTE format('ALTER TABLE artifact_%s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE artifact_%s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant ON artifact_%s USING (
            org_id = nullif(current_setting('syntra.org_id', true), '') OR current_setting('syntra.artifacts', true) = 'on'
        )$p$, t);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE artifact_store, artifact_location, artifact_child, artifact_reference, artifact_tag, artifact_manifest, artifact_upload,
    artifact_link, artifact_blob;
