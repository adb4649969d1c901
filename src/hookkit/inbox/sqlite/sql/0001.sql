-- Times named *_at are unix seconds. `due` is machine time: seconds of the clock that no one sets.

CREATE TABLE clock (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    boot        TEXT    NOT NULL,            -- which start of the machine `ticking` counts from
    ticking     REAL    NOT NULL,            -- machine time when this row was written
    wall        REAL    NOT NULL,            -- unix seconds then
    age         REAL    NOT NULL             -- of the inbox then: seconds for which it was up
);

CREATE TABLE deliveries (
    receipt     INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- accepted, expanded, rejected
    method      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    headers     TEXT    NOT NULL,            -- JSON: pairs, without credentials
    received_at REAL    NOT NULL,
    secret      INTEGER NOT NULL,            -- which one verified
    signed_at   REAL,
    age         REAL,
    delivery_id TEXT,
    heads       TEXT,                        -- JSON: type, id and time of each event
    keys        TEXT    NOT NULL,            -- JSON: of the delivery, where it is parsed later
    repeats     INTEGER NOT NULL DEFAULT 0,  -- how often it came again
    reason      TEXT,                        -- of a rejected one
    due         REAL    NOT NULL,
    lease       TEXT,
    body        BLOB    NOT NULL             -- last: what stands before it is read without it
);
CREATE INDEX deliveries_due ON deliveries (due) WHERE state = 'accepted';

CREATE TABLE events (
    number      INTEGER PRIMARY KEY,
    receipt     INTEGER NOT NULL REFERENCES deliveries,
    position    INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- waiting, done, dead
    type        TEXT    NOT NULL,
    event_id    TEXT,
    event_time  REAL,
    key         TEXT    NOT NULL,
    UNIQUE (receipt, position)
);

CREATE TABLE works (
    number      INTEGER PRIMARY KEY,
    event       INTEGER NOT NULL REFERENCES events,
    source      TEXT    NOT NULL,
    handler     TEXT    NOT NULL,
    state       TEXT    NOT NULL,            -- waiting, done, discarded, dead
    attempts    INTEGER NOT NULL DEFAULT 0,
    due         REAL    NOT NULL,            -- while leased: when the lease ends
    lease       TEXT,
    error       TEXT    NOT NULL DEFAULT '',
    traceback   TEXT    NOT NULL DEFAULT '',
    ended_at    REAL,
    UNIQUE (event, handler)
);
CREATE INDEX works_due ON works (due, number) WHERE state = 'waiting';

-- Which events are known. They outlive what they stand for.
CREATE TABLE marks (
    source      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    receipt     INTEGER NOT NULL,
    position    INTEGER NOT NULL,            -- -1: of the delivery as a whole
    seen        REAL    NOT NULL,            -- the inbox's age then, in seconds
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX marks_seen ON marks (seen);
