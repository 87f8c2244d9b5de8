-- What package projections keeps of its own. The read models' tables it makes itself, one schema per generation.

-- +goose Up
CREATE TABLE projection (
    name       text        NOT NULL,
    generation int         NOT NULL,
    version    int         NOT NULL, -- of the program's code that fills it
    pos        bigint      NOT NULL DEFAULT 0, -- all events up to here are in its tables
    event_id   uuid, -- of the event at pos: tells whether the log still holds it
    live       boolean     NOT NULL DEFAULT false, -- the stable views show it; at most one per name
    live_from  bigint      NOT NULL DEFAULT 0, -- how far it was when it replaced another generation; 0: it replaced none
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, generation)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX projection_live ON projection (name) WHERE live;

-- The stable views that queries read.
CREATE SCHEMA rm;

-- Which rows an event changed: what live pushes tell, kept for a while so that a client can resume after a break.
-- Unlogged: after a crash of Postgres it is empty and clients load anew.
CREATE UNLOGGED TABLE projection_change (
    pos    bigint NOT NULL,
    model  text   NOT NULL,
    id     text   COLLATE "C" NOT NULL,
    org_id text   COLLATE "C" NOT NULL,
    type   text   NOT NULL,
    PRIMARY KEY (pos, model, id)
);
-- Up to which position events were lost once: no client resumes from there, as it may have seen the lost ones.
CREATE TABLE projection_rewritten (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    upto bigint  NOT NULL
);
ALTER TABLE projection_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE projection_change FORCE ROW LEVEL SECURITY;
CREATE POLICY projector ON projection_change USING (current_setting('syntra.projector', true) = 'on');
CREATE POLICY organization ON projection_change FOR SELECT USING (org_id = nullif(current_setting('syntra.org_id', true), ''));

-- +goose Down
DROP TABLE projection_change, projection_rewritten;
DROP SCHEMA rm CASCADE;
DROP TABLE projection;
