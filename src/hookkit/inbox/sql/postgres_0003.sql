-- What somebody on call asks about: where a delivery came from, each attempt that failed, what was refused.

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

CREATE TABLE hookkit_refusals (
    source      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    hour        INTEGER NOT NULL,            -- unix time in hours
    times       BIGINT  NOT NULL,
    last_at     DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (source, reason, hour)
);

CREATE TABLE hookkit_secret_uses (
    source      TEXT    NOT NULL,
    live        INTEGER NOT NULL,            -- how many secrets there were
    secret      INTEGER NOT NULL,            -- which of them verified, 0 for the newest
    times       BIGINT  NOT NULL,
    first_at    DOUBLE PRECISION NOT NULL,
    last_at     DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (source, live, secret)
);

CREATE INDEX hookkit_events_open ON hookkit_events (state, receipt) WHERE state <> 'done';
CREATE INDEX hookkit_events_id ON hookkit_events (source, event_id) WHERE event_id IS NOT NULL;
