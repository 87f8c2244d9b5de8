-- +goose Up
-- Whom an invitation is for. That is personal, and outside the log like an account. A row is found by the token's hash
-- before anyone knows whose it is: no row-level security.
CREATE TABLE invitation (
    token_hash      text PRIMARY KEY, -- SHA-256 (hex); the log holds the one that is valid
    invitation_id   text NOT NULL,
    organization_id text NOT NULL,
    email           text NOT NULL CHECK (email = lower(email)),
    expires_at      timestamptz NOT NULL
);
CREATE INDEX invitation_id ON invitation (invitation_id);
CREATE INDEX invitation_expires_at ON invitation (expires_at);

-- +goose Down
DROP TABLE invitation;
