-- +goose Up
-- Values of environments, encrypted. Events hold the refs.
CREATE TABLE vault_secret (
    org_id     text NOT NULL,
    service_id text NOT NULL,
    ref        text NOT NULL,
    key_id     bigint NOT NULL, -- of the keyset, that encrypted it
    ciphertext bytea NOT NULL,
    PRIMARY KEY (org_id, service_id, ref)
);
ALTER TABLE vault_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_secret FORCE ROW LEVEL SECURITY;
-- syntra.vault_rotation is set by key rotation alone, which re-encrypts the rows of all organizations.
CREATE POLICY tenant ON vault_secret USING (
    org_id = nullif(current_setting('syntra.org_id', true), '') OR current_setting('syntra.vault_rotation', true) = 'on'
);

-- One known text under the vault's key: tells a wrong or lost key file from a new installation.
CREATE TABLE vault_seal (
    id         int PRIMARY KEY CHECK (id = 1),
    ciphertext bytea NOT NULL
);

-- +goose Down
DROP TABLE vault_seal;
DROP TABLE vault_secret;
