-- The log of facts. Package eventstore/postgres is its only reader and writer.

-- +goose Up
-- es_head holds the position of the last event. Every append locks it first and keeps it locked until its commit, so
-- positions have no gaps and commit order is position order: a reader that has seen position n has seen all before it.
CREATE TABLE es_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    pos bigint  NOT NULL CHECK (pos >= 0)
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
INSERT INTO es_head (pos) VALUES (0);

CREATE TABLE es_event (
    pos      bigint      PRIMARY KEY,
    stream   text        COLLATE "C" NOT NULL,
    rev      bigint      NOT NULL CHECK (rev >= 0),
    event_id uuid        NOT NULL,
    org      text        COLLATE "C" NOT NULL,
    type     text        NOT NULL,
    version  int         NOT NULL CHECK (version > 0),
    data     jsonb       NOT NULL,
    meta     jsonb       NOT NULL,
    at       timestamptz NOT NULL,
    UNIQUE (stream, rev),
    UNIQUE (stream, event_id)
);

-- +goose StatementBegin
CREATE FUNCTION es_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is forbidden: the log only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER es_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON es_event
    FOR EACH STATEMENT EXECUTE FUNCTION es_refuse();
CREATE TRIGGER es_head_stays BEFORE DELETE OR TRUNCATE ON es_head
    FOR EACH STATEMENT EXECUTE FUNCTION es_refuse();

-- +goose Down
DROP TABLE es_event, es_head;
DROP FUNCTION es_refuse;
