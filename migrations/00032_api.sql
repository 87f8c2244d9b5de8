-- +goose Up
-- What each Idempotency-Key was used for, so that it is not used for something else. The log holds the results.
CREATE TABLE api_idempotency (
    org_id      text NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, route, key)
);
CREATE INDEX api_idempotency_at ON api_idempotency (at);
ALTER TABLE api_idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_idempotency FORCE ROW LEVEL SECURITY;
-- syntra.api_sweep is set by the sweep of old keys alone.
CREATE POLICY tenant ON api_idempotency USING (
    org_id = nullif(current_setting('syntra.org_id', true), '') OR current_setting('syntra.api_sweep', true) = 'on'
);

-- +goose Down
DROP TABLE api_idempotency;
