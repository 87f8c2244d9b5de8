-- +goose Up
-- The outbox: messages to receivers outside, with what became of them. Package notify has the protocol.
CREATE TABLE notify_message (
    id            text        COLLATE "C" PRIMARY KEY, -- the same for the same channel, destination and key
    seq           bigint      GENERATED ALWAYS AS IDENTITY, -- the order of lists
    org_id        text        COLLATE "C" NOT NULL,
    channel       text        COLLATE "C" NOT NULL,
    destination   text        COLLATE "C" NOT NULL, -- whom it is for, such as a webhook's id
    key           text        COLLATE "C" NOT NULL, -- of what it tells; a destination hears of each key once
    type          text        NOT NULL,
    payload       text        NOT NULL CHECK (octet_length(payload) <= 16384), -- text: every try sends the same bytes
    position      bigint      NOT NULL DEFAULT 0, -- of the event in the log; 0 where no event led to it
    trace         text        NOT NULL DEFAULT '', -- W3C traceparent of what led to it
    state         text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts      int         NOT NULL DEFAULT 0, -- that came to an outcome
    next_at       timestamptz NOT NULL DEFAULT now(), -- when it is tried next; while it is leased, when the lease ends
    lease         uuid, -- of the worker that delivers it now
    last_error    text        NOT NULL DEFAULT '',
    answer_status int         NOT NULL DEFAULT 0,
    answer        text        NOT NULL DEFAULT '', -- the start of the receiver's last answer
    millis        int         NOT NULL DEFAULT 0,  -- how long the last try took
    created_at    timestamptz NOT NULL DEFAULT now(),
    tried_at      timestamptz,
    finished_at   timestamptz,
    UNIQUE (channel, destination, key)
);
CREATE INDEX notify_message_due ON notify_message (destination, next_at) WHERE state = 'pending';
CREATE INDEX notify_message_failing ON notify_message (destination) WHERE state = 'pending' AND attempts > 0;
CREATE INDEX notify_message_leased ON notify_message (destination) WHERE lease IS NOT NULL;
CREATE INDEX notify_message_list ON notify_message (destination, seq);
CREATE INDEX notify_message_tried ON notify_message (tried_at);
CREATE INDEX notify_message_finished ON notify_message (finished_at) WHERE state <> 'pending';
ALTER TABLE notify_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE notify_message FORCE ROW LEVEL SECURITY;
-- syntra.notify_worker is set by the outbox's worker alone, which delivers the messages of all organizations.
CREATE POLICY tenant ON notify_message USING (
    org_id = nullif(current_setting('syntra.org_id', true), '') OR current_setting('syntra.notify_worker', true) = 'on'
);

-- +goose Down
DROP TABLE notify_message;
