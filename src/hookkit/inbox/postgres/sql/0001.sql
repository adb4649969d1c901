-- Times named *_at are unix seconds by the accepting machine. `due` is by the database's clock.

CREATE TABLE hookkit_clock (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    age         DOUBLE PRECISION NOT NULL,   -- of the inbox, in seconds, when it was last counted
    counted_at  TIMESTAMPTZ NOT NULL
);
INSERT INTO hookkit_clock VALUES (1, 0, clock_timestamp());

CREATE TABLE hookkit_deliveries (
    receipt     BIGSERIAL PRIMARY KEY,
    source      TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- accepted, expanded, rejected
    method      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    headers     TEXT    NOT NULL,            -- JSON: pairs, without credentials
    received_at DOUBLE PRECISION NOT NULL,
    secret      INTEGER NOT NULL,            -- which one verified
    signed_at   DOUBLE PRECISION,
    age         DOUBLE PRECISION,
    delivery_id TEXT,
    heads       TEXT,                        -- JSON: type, id and time of each event
    keys        TEXT    NOT NULL,            -- JSON: of the delivery, where it is parsed later
    repeats     INTEGER NOT NULL DEFAULT 0,  -- how often it came again
    reason      TEXT,                        -- of a rejected one
    due         TIMESTAMPTZ NOT NULL,
    lease       TEXT,
    body        BYTEA   NOT NULL
);
CREATE INDEX hookkit_deliveries_due ON hookkit_deliveries (due, receipt) WHERE state = 'accepted';

CREATE TABLE hookkit_events (
    number      BIGSERIAL PRIMARY KEY,
    receipt     BIGINT  NOT NULL REFERENCES hookkit_deliveries,
    position    INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- waiting, done, dead
    type        TEXT    NOT NULL,
    event_id    TEXT,
    event_time  DOUBLE PRECISION,
    key         TEXT    NOT NULL,
    UNIQUE (receipt, position)
);

CREATE TABLE hookkit_works (
    number      BIGSERIAL PRIMARY KEY,
    event       BIGINT  NOT NULL REFERENCES hookkit_events,
    source      TEXT    NOT NULL,
    handler     TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- waiting, done, discarded, dead
    attempts    INTEGER NOT NULL DEFAULT 0,
    due         TIMESTAMPTZ NOT NULL,        -- while leased: when the lease ends
    lease       TEXT,
    error       TEXT    NOT NULL DEFAULT '',
    traceback   TEXT    NOT NULL DEFAULT '',
    ended_at    DOUBLE PRECISION,
    UNIQUE (event, handler)
);
CREATE INDEX hookkit_works_due ON hookkit_works (due, number) WHERE state = 'waiting';
CREATE INDEX hookkit_works_lease ON hookkit_works (lease) WHERE lease IS NOT NULL;

-- Which events are known. They outlive what they stand for.
CREATE TABLE hookkit_known (
    source      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    receipt     BIGINT  NOT NULL,
    position    INTEGER NOT NULL,            -- -1: of the delivery as a whole
    seen        DOUBLE PRECISION NOT NULL,   -- the inbox's age then, in seconds
    PRIMARY KEY (source, key)
);
CREATE INDEX hookkit_known_seen ON hookkit_known (source, seen);
CREATE INDEX hookkit_known_receipt ON hookkit_known (receipt);
