-- +goose Up
-- What is personal about users. It is outside the log, so that it can be erased. A row is found by e-mail before anyone
-- knows whose it is: no row-level security.
CREATE TABLE account (
    user_id         text PRIMARY KEY,
    organization_id text NOT NULL,
    email           text NOT NULL UNIQUE CHECK (email = lower(email)),
    name            text NOT NULL,
    password        text NOT NULL, -- argon2id, PHC string
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE account;
