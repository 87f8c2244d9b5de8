-- +goose Up
-- How far each reactor has read the log. A reactor is never rebuilt: what it has done is done.
CREATE TABLE reactor_checkpoint (
    name       text        PRIMARY KEY,
    position   bigint      NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE reactor_checkpoint;
