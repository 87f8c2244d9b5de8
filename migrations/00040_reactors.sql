-- +goose Up
-- How far each reactor has read the log. A reactor is never rebuilt: what it has done is done.
CREATE TABLE reactor_checkpoint (
    name       text        PRIMARY KEY,
    position   bigint      NOT NULL CHECK (position >= 0),
    -- Earlier checkpoints with their events' ids, oldest first, the present one last.
    trail      jsonb       NOT NULL DEFAULT '[]',
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Events that a reactor could not handle, and the later ones of their streams. They are tried again in the order of their
-- stream. A row is deleted once its event is handled; one that an operator discarded stays, with the reason.
CREATE TABLE reactor_parked (
    reactor         text        NOT NULL,
    position        bigint      NOT NULL,
    stream          text        COLLATE "C" NOT NULL,
    revision        bigint      NOT NULL,
    event_id        uuid        NOT NULL,
    type            text        NOT NULL,
    org             text        COLLATE "C" NOT NULL,
    error           text        NOT NULL, -- of the last try; of a later event of a parked stream, what it waits for
    attempts        int         NOT NULL DEFAULT 0,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    next_try_at     timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'discarded')),
    reason          text        NOT NULL DEFAULT '', -- why an operator discarded it
    PRIMARY KEY (reactor, position)
);
CREATE INDEX reactor_parked_stream ON reactor_parked (reactor, stream, position) WHERE state = 'parked';

-- Events that asked for work which has not ended, as far as reactor "open" has read the log. The rescuer reads it.
CREATE TABLE reactor_open (
    event_id  uuid        PRIMARY KEY,
    position  bigint      NOT NULL UNIQUE,
    stream    text        COLLATE "C" NOT NULL,
    revision  bigint      NOT NULL,
    kind      text        NOT NULL,              -- workflows.RequestKind
    subject   text        COLLATE "C" NOT NULL,  -- id of the deployment, operation or service
    service   text        COLLATE "C" NOT NULL,
    org       text        COLLATE "C" NOT NULL,
    asked_at  timestamptz NOT NULL,
    told      text        NOT NULL DEFAULT ''    -- first run of the writer that the rescuer told
);
CREATE INDEX reactor_open_subject ON reactor_open (subject);

-- +goose Down
DROP TABLE reactor_open;
DROP TABLE reactor_parked;
DROP TABLE reactor_checkpoint;
