-- What somebody on call asks about: where a delivery came from, each attempt that failed, what came and what was refused.

ALTER TABLE deliveries ADD COLUMN origin TEXT NOT NULL DEFAULT 'request';   -- request, repair

CREATE TABLE failures (
    work        INTEGER NOT NULL REFERENCES works,
    attempt     INTEGER NOT NULL,
    fate        TEXT    NOT NULL,            -- of the work after it: waiting, discarded, skipped, dead
    ended_at    REAL    NOT NULL,
    error       TEXT    NOT NULL,
    traceback   TEXT    NOT NULL
);
CREATE INDEX failures_work ON failures (work);

CREATE TABLE traffic (
    source      TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,            -- accepted, duplicate, or why it was refused
    slot        INTEGER NOT NULL,            -- unix time in five minutes
    times       INTEGER NOT NULL,
    last_at     REAL    NOT NULL,
    PRIMARY KEY (source, outcome, slot)
) WITHOUT ROWID;

CREATE TABLE secret_uses (
    source      TEXT    NOT NULL,
    label       TEXT    NOT NULL,            -- tells a secret from others, and nothing of it
    times       INTEGER NOT NULL,
    first_at    REAL    NOT NULL,
    last_at     REAL    NOT NULL,
    PRIMARY KEY (source, label)
) WITHOUT ROWID;

CREATE TABLE alarms (
    source      TEXT    NOT NULL,            -- '' of the inbox as a whole
    kind        TEXT    NOT NULL,
    raised      INTEGER NOT NULL,            -- 1, or 0 once it is over
    since       REAL    NOT NULL,
    text        TEXT    NOT NULL,
    told        INTEGER NOT NULL,            -- 1 when somebody was told of this state
    telling     REAL    NOT NULL,            -- when it was last tried
    PRIMARY KEY (source, kind)
) WITHOUT ROWID;

CREATE INDEX events_open ON events (state, receipt) WHERE state <> 'done';
CREATE INDEX events_id ON events (source, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX marks_receipt ON marks (receipt);
