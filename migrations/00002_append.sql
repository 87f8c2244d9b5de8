-- How events get into the log. Planning the statements takes longer than running them, and PostgreSQL would plan them anew
-- for each call, as it knows how long the arrays are only then: hence force_generic_plan.

-- +goose Up
-- es_append_all writes several appends to different streams where every stream is at its expected revision, and answers the
-- position before the first event. Otherwise it writes nothing and answers NULL: es_append tells which one is wrong.
-- Append i goes to p_names[i] at revision p_expected[i] (-1: the stream does not exist). The other arrays hold the events,
-- in the order of the appends.
-- Event ids that are there already raise unique_violation: then nothing is written, either.
-- +goose StatementBegin
CREATE FUNCTION es_append_all(
    p_names text[], p_expected bigint[],
    p_streams text[], p_revs bigint[], p_ids uuid[], p_orgs text[], p_types text[], p_versions int[], p_data jsonb[], p_meta jsonb[]
) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    start bigint;
BEGIN
    UPDATE es_head SET pos = pos + cardinality(p_ids) WHERE one RETURNING pos - cardinality(p_ids) INTO STRICT start;
    IF EXISTS (
        SELECT FROM unnest(p_names, p_expected) AS s (name, expected)
         WHERE coalesce((SELECT max(e.rev) FROM es_event e WHERE e.stream = s.name), -1) <> s.expected)
    THEN
        UPDATE es_head SET pos = start WHERE one;
        RETURN NULL;
    END IF;
    INSERT INTO es_event (pos, stream, rev, event_id, org, type, version, data, meta, at)
    SELECT start + a.n, a.stream, a.rev, a.id, a.org, a.type, a.version, a.data, a.meta, clock_timestamp()
      FROM unnest(p_streams, p_revs, p_ids, p_orgs, p_types, p_versions, p_data, p_meta)
           WITH ORDINALITY AS a (stream, rev, id, org, type, version, data, meta, n);
    RETURN start;
END $$;
-- +goose StatementEnd

-- es_append writes several appends to different streams, each whole or not at all. Append i goes to p_streams[i] at
-- revision p_expected[i] (-1: the stream does not exist) and consists of p_counts[i] events: those whose p_append is i,
-- p_nth counting them from 1. It answers per append, in order:
--   appended   position and revision of its last event
--   duplicate  the same, of the first time: all its event ids are in the stream already
--   corrupt    some of its event ids are there and some are not
--   conflict   the stream's revision, which is not the expected one
-- It never raises for these: one writer's conflict must not undo the appends that share its transaction.
-- Call it at READ COMMITTED, where every statement below sees what was committed before the lock was granted.
-- +goose StatementBegin
CREATE FUNCTION es_append(
    p_streams text[], p_expected bigint[], p_counts int[],
    p_append int[], p_nth int[], p_ids uuid[], p_orgs text[], p_types text[], p_versions int[], p_data jsonb[], p_meta jsonb[]
) RETURNS TABLE (outcome text, pos bigint, rev bigint) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    head     bigint;
    start    bigint;
    currents bigint[]; -- revision of each append's stream
    bases    bigint[]; -- position before each append that is written, else NULL
    present  int[];    -- how many of each append's ids are there, else NULL
    there    record;
    last_pos bigint[];
    last_rev bigint[];
BEGIN
    SELECT h.pos INTO STRICT head FROM es_head h FOR UPDATE;
    start := head;
    currents := ARRAY(
        SELECT coalesce((SELECT max(e.rev) FROM es_event e WHERE e.stream = s.name), -1)
          FROM unnest(p_streams) WITH ORDINALITY AS s (name, i) ORDER BY s.i);
    -- LIMIT keeps this to one index probe per id, whatever the statistics say.
    FOR there IN
        SELECT a.i, count(*)::int AS n, max(e.pos) AS pos, max(e.rev) AS rev
          FROM unnest(p_append, p_ids) AS a (i, id)
         CROSS JOIN LATERAL (SELECT x.pos, x.rev FROM es_event x WHERE x.stream = p_streams[a.i] AND x.event_id = a.id LIMIT 1) e
         GROUP BY a.i
    LOOP
        present[there.i] := there.n;
        last_pos[there.i] := there.pos;
        last_rev[there.i] := there.rev;
    END LOOP;
    FOR i IN 1 .. cardinality(p_streams) LOOP
        IF present[i] IS NOT NULL THEN
            outcome := CASE WHEN present[i] = p_counts[i] THEN 'duplicate' ELSE 'corrupt' END;
            pos := last_pos[i];
            rev := last_rev[i];
        ELSIF currents[i] <> p_expected[i] THEN
            outcome := 'conflict';
            pos := 0;
            rev := currents[i];
        ELSE
            bases[i] := head;
            head := head + p_counts[i];
            outcome := 'appended';
            pos := head;
            rev := currents[i] + p_counts[i];
        END IF;
        RETURN NEXT;
    END LOOP;
    IF head > start THEN
        INSERT INTO es_event (pos, stream, rev, event_id, org, type, version, data, meta, at)
        SELECT bases[a.i] + a.n, p_streams[a.i], currents[a.i] + a.n, a.id, a.org, a.type, a.version, a.data, a.meta, clock_timestamp()
          FROM unnest(p_append, p_nth, p_ids, p_orgs, p_types, p_versions, p_data, p_meta) AS a (i, n, id, org, type, version, data, meta)
         WHERE bases[a.i] IS NOT NULL;
        UPDATE es_head SET pos = head;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION es_append(text[], bigint[], int[], int[], int[], uuid[], text[], text[], int[], jsonb[], jsonb[]);
DROP FUNCTION es_append_all(text[], bigint[], text[], bigint[], uuid[], text[], text[], int[], jsonb[], jsonb[]);
