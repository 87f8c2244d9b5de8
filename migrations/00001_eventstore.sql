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
CREATE INDEX es_event_by_org ON es_event (org, pos);

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

-- es_append writes several appends in order, each whole or not at all. Append i goes to p_streams[i] at revision
-- p_expected[i] (-1: the stream does not exist) and takes the next p_counts[i] events. It answers per append:
--   appended   position and revision of its last event
--   duplicate  the same, of the first time: all its event ids are in the stream already
--   corrupt    some of its event ids are there and some are not
--   conflict   the stream's revision, which is not the expected one
-- It never raises for these: one writer's conflict must not undo the appends that share its transaction.
-- Call it at READ COMMITTED, where every statement below sees what was committed before the lock was granted.
-- +goose StatementBegin
CREATE FUNCTION es_append(
    p_streams text[], p_expected bigint[], p_counts int[],
    p_ids uuid[], p_orgs text[], p_types text[], p_versions int[], p_data jsonb[], p_meta jsonb[]
) RETURNS TABLE (outcome text, pos bigint, rev bigint) LANGUAGE plpgsql AS $$
DECLARE
    head    bigint;
    start   bigint;
    present bigint;
    current bigint;
    first   int := 1;
    last    int;
BEGIN
    SELECT h.pos INTO STRICT head FROM es_head h FOR UPDATE;
    start := head;
    FOR i IN 1 .. cardinality(p_streams) LOOP
        last := first + p_counts[i] - 1;
        SELECT count(*), max(e.pos), max(e.rev) INTO present, pos, rev
          FROM es_event e WHERE e.stream = p_streams[i] AND e.event_id = ANY (p_ids[first:last]);
        IF present = p_counts[i] THEN
            outcome := 'duplicate';
        ELSIF present > 0 THEN
            outcome := 'corrupt';
        ELSE
            current := coalesce((SELECT max(e.rev) FROM es_event e WHERE e.stream = p_streams[i]), -1);
            IF current <> p_expected[i] THEN
                outcome := 'conflict';
                pos := 0;
                rev := current;
            ELSE
                INSERT INTO es_event (pos, stream, rev, event_id, org, type, version, data, meta, at)
                SELECT head + n, p_streams[i], current + n, a.id, a.org, a.type, a.version, a.data, a.meta, clock_timestamp()
                  FROM unnest(p_ids[first:last], p_orgs[first:last], p_types[first:last], p_versions[first:last],
                              p_data[first:last], p_meta[first:last])
                       WITH ORDINALITY AS a (id, org, type, version, data, meta, n);
                outcome := 'appended';
                head := head + p_counts[i];
                pos := head;
                rev := current + p_counts[i];
            END IF;
        END IF;
        RETURN NEXT;
        first := last + 1;
    END LOOP;
    IF head > start THEN
        UPDATE es_head SET pos = head;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION es_append;
DROP TABLE es_event, es_head;
DROP FUNCTION es_refuse;
