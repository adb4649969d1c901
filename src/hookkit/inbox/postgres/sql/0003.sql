-- What somebody on call asks about: where a delivery came from, each attempt that failed, what came and what was refused.

ALTER TABLE hookkit_deliveries ADD COLUMN origin TEXT NOT NULL DEFAULT 'request';   -- request, repair

CREATE TABLE hookkit_failures (
    work        BIGINT  NOT NULL REFERENCES hookkit_works,
    attempt     INTEGER NOT NULL,
    fate        TEXT    NOT NULL,            -- of the work after it: waiting, discarded, skipped, dead
    ended_at    DOUBLE PRECISION NOT NULL,
    error       TEXT    NOT NULL,
    traceback   TEXT    NOT NULL
);
CREATE INDEX hookkit_failures_work ON hookkit_failures (work);

CREATE TABLE hookkit_traffic (
    source      TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,            -- accepted, duplicate, or why it was refused
    slot        INTEGER NOT NULL,            -- unix time in five minutes
    times       BIGINT  NOT NULL,
    last_at     DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (source, outcome, slot)
);

CREATE TABLE hookkit_secret_uses (
    source      TEXT    NOT NULL,
    label       TEXT    NOT NULL,            -- tells a secret from others, and nothing of it
    times       BIGINT  NOT NULL,
    first_at    DOUBLE PRECISION NOT NULL,
    last_at     DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (source, label)
);

CREATE TABLE hookkit_alarms (
    source      TEXT    NOT NULL,            -- '' of the inbox as a whole
    kind        TEXT    NOT NULL,
    raised      INTEGER NOT NULL,            -- 1, or 0 once it is over
    since       DOUBLE PRECISION NOT NULL,
    text        TEXT    NOT NULL,
    told        INTEGER NOT NULL,            -- 1 when somebody was told of this state
    telling     DOUBLE PRECISION NOT NULL,            -- when it was last tried
    PRIMARY KEY (source, kind)
);

CREATE INDEX hookkit_events_open ON hookkit_events (state, receipt) WHERE state <> 'done';
CREATE INDEX hookkit_events_id ON hookkit_events (source, event_id) WHERE event_id IS NOT NULL;
